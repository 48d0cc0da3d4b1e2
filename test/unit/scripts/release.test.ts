import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");

let checkout: string;
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), "box-release-"));
  cpSync(join(ROOT, "scripts/release"), join(checkout, "scripts/release"));
});
afterAll(() => rmSync(checkout, { recursive: true }));

/** Checks a release in a checkout whose package.json has another version. Returns the complaint. */
function complaintAbout(version: string, current: string): string {
  writeFileSync(join(checkout, "package.json"), JSON.stringify({ version: current }));
  writeFileSync(join(checkout, "CHANGELOG.md"), `## ${version} (unreleased)\n`);
  const identity = ["-c", "user.name=box", "-c", "user.email=box@localhost"];
  rmSync(join(checkout, ".git"), { recursive: true, force: true });
  for (const words of [
    ["init", "--quiet"],
    ["add", "--all"],
    [...identity, "commit", "--quiet", "-m", "x"],
  ])
    execFileSync("git", words, { cwd: checkout });
  const release = join(checkout, "scripts/release");
  return spawnSync(release, ["--dry-run", version], { encoding: "utf8" }).stderr.trim();
}

it.each([
  ["0.2.0", "0.1.0"],
  ["0.2.0", "0.2.0"],
  ["0.2.0", "0.2.0-rc.2"],
  ["0.2.0-rc.10", "0.2.0-rc.2"],
  ["0.2.0-rc.1", "0.1.9"],
])("%s can be released after %s", (version, current) => {
  expect(complaintAbout(version, current)).toBe("");
});

it.each([
  ["0.1.9", "0.2.0"],
  ["0.2.0-rc.1", "0.2.0"],
  ["0.2.0-rc.2", "0.2.0-rc.10"],
])("%s cannot be released after %s", (version, current) => {
  expect(complaintAbout(version, current)).toBe(
    `release: ${version} is older than package.json's ${current}`,
  );
});

it.each(["0.2", "0.2.0/../..", "0.2.0;id", "-0.2.0"])("%j is not a version", (version) => {
  expect(complaintAbout(version, "0.1.0")).toMatch(/^release: '.*' is not a version such as 0\.2\.0$/);
});
