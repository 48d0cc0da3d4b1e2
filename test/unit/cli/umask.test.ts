import { execFileSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const DIST = join(import.meta.dirname, "../../../dist");

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "box-umask-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const programs = [
  ["the native client", `exec '${DIST}/box'`],
  ["Node", `exec '${process.execPath}' '${DIST}/box.js'`],
];

it.each(programs)("%s lets its own user use all files that it makes under any umask", (_, program) => {
  const env = { ...process.env, BOX_HOME: home, BOX_RUNTIME: join(home, "run"), BOX_SETTINGS: "/none" };
  execFileSync("sh", ["-c", `umask 0777; ${program} volume create kept`], { env });
  const made = readdirSync(home, { recursive: true, encoding: "utf8" });
  expect(made).toContain("volumes/kept");
  const unusable = made.filter((name) => {
    const status = lstatSync(join(home, name));
    const needed = status.isDirectory() ? 0o700 : 0o600;
    return (status.mode & needed) !== needed;
  });
  expect(unusable).toEqual([]);
});
