import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createUser, type TestUser } from "../registry/user.js";

let user: TestUser;
beforeAll(async () => {
  user = await createUser();
  const home = join(user.folder, "box");
  await mkdir(join(home, "names"), { recursive: true });
  await mkdir(join(home, "boxes", "0123456789abcdef"), { recursive: true });
  await symlink("0123456789abcdef", join(home, "names", "taken"));
  await writeFile(join(user.folder, "bad.json"), '{"defaultAction": 7}');
});
afterAll(() => user.remove());

function dryRun(...words: string[]): { code: number | null; said: string } {
  const box = join(process.cwd(), "dist", "box");
  const { status, stderr } = spawnSync(box, ["run", "--vmm", "qemu", "--dry-run", ...words], {
    encoding: "utf8",
  });
  return { code: status, said: stderr };
}

it("a dry run fails where a run fails before it looks for the image", () => {
  const wrong = [
    ["--security-opt", "seccomp=/no/such.json"],
    ["--security-opt", `seccomp=${join(user.folder, "bad.json")}`],
    ["--name", "taken"],
    ["--device", "/dev/no-such-device"],
    ["--network", "none", "-p", "80:80"],
  ];
  for (const words of wrong) {
    const { code, said } = dryRun(...words, "nginx");
    expect([words, code, said]).toEqual([words, 125, expect.stringMatching(/^box: /)]);
  }
  expect(dryRun("--name", "free", "nginx").code).toBe(0);
});

it("no tracked source has a NUL byte, which makes git take it for binary", () => {
  const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0");
  const sources = files.filter((name) => /\.(ts|js|c|h|md|json|sh|ya?ml)$/.test(name));
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.filter((name) => readFileSync(name).includes(0))).toEqual([]);
});
