import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { homeOf } from "../../src/host/home.js";

const BOX = join(import.meta.dirname, "..", "..", "dist", "box");
const PATH = process.env.PATH ?? "";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "box-search-path-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Puts a program into the working directory that leaves a file there. */
function plant(name: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\ntouch "${folder}/planted"\n`, { mode: 0o755 });
}

function box(searchPath: string, ...words: string[]): { status: number | null; stderr: string } {
  const env = { ...process.env, PATH: searchPath, BOX_HOME: join(folder, "home") };
  return spawnSync(BOX, words, { env, cwd: folder, encoding: "utf8" });
}

describe("a PATH that contains the working directory", () => {
  it.each([`.:${PATH}`, `:${PATH}`, `${PATH}:`])("runs no program there that unpacks an archive", (path) => {
    mkdirSync(join(folder, "files"));
    execFileSync("tar", ["-C", join(folder, "files"), "-cf", join(folder, "files.tar"), "."]);
    execFileSync("xz", [join(folder, "files.tar")]);
    plant("xz");
    expect(box(path, "import", "files.tar.xz", "files:1")).toMatchObject({ status: 0, stderr: "" });
    expect(existsSync(join(folder, "planted"))).toBe(false);
  });

  it.each([`.:${PATH}`, `:${PATH}`, `${PATH}:`])("runs no Node there", (path) => {
    plant("node");
    expect(box(path, "ps")).toMatchObject({ status: 0, stderr: "" });
    expect(existsSync(join(folder, "planted"))).toBe(false);
  });

  it("is left with its absolute directories, or with none at all", () => {
    const pathIn = (path: string) => homeOf({ PATH: path }).env.PATH;
    expect(pathIn("/usr/bin:/bin")).toBe("/usr/bin:/bin");
    expect(pathIn(":/usr/bin::bin:./bin:/bin:")).toBe("/usr/bin:/bin");
    expect(pathIn(".")).toBeUndefined();
    expect(pathIn("")).toBeUndefined();
  });
});
