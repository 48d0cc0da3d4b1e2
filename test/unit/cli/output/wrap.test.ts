import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { wrapLine } from "../../../../src/cli/output/wrap.js";

const BOX = join(import.meta.dirname, "../../../../dist/box.js");

it("wraps a line at blanks and after commas, indented", () => {
  const line = "  watcher: uid 0; capabilities KILL,SETUID; seccomp allow-list";
  expect(wrapLine(line, 40)).toEqual([
    "  watcher: uid 0; capabilities KILL,",
    "    SETUID; seccomp allow-list",
  ]);
  expect(wrapLine(line, undefined)).toEqual([line]);
  expect(wrapLine(line, line.length)).toEqual([line]);
});

it("does not break a word that is longer than a line", () => {
  expect(wrapLine("Home:      /a/very/long/path/of/a/home", 12)).toEqual([
    "Home:",
    "  /a/very/long/path/of/a/home",
  ]);
  expect(wrapLine("abcdefgh", 3)).toEqual(["abcdefgh"]);
});

async function info(prefix: string): Promise<string[]> {
  const home = await mkdtemp(join(tmpdir(), "box-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const command = `${prefix}'${process.execPath}' '${BOX}' info`;
  const options = { env: { ...process.env, BOX_HOME: home }, timeout: 120_000 };
  // script(1) is the terminal; it records the output.
  const shown =
    prefix === ""
      ? promisify(execFile)("sh", ["-c", command], options)
      : promisify(execFile)("script", ["-qec", command, "/dev/null"], options);
  shown.child.stdin?.end();
  return (await shown).stdout.split(/\r?\n/);
}

it("box info fits a terminal of 80 columns, and prints one line per process elsewhere", async () => {
  const lines = await info("stty cols 80; ");
  // Paths are not broken.
  expect(lines.filter((line) => line.length > 80 && !line.includes("/"))).toEqual([]);
  expect(lines.some((line) => line.startsWith("  watcher (qemu): uid "))).toBe(true);
  const plain = await info("");
  const rows = plain.filter((line) => /^ {2}\S.*: uid \d+; .*; limits /.test(line));
  expect(rows.map((line) => line.split(":")[0]?.trim())).toContain("vmm (qemu)");
  expect(rows.every((line) => /; seccomp (allow-list|none); landlock (yes|no); /.test(line))).toBe(true);
});
