import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openContext } from "../../../../src/engine/context.js";
import { findDocker, linkDocker, type LinkOptions } from "../../../../src/engine/system/docker-link.js";

let root: string;
let home: string;
let program: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "box-docker-link-")));
  home = folder("home");
  program = executable(join(folder("lib/box/dist"), "box"));
});
afterEach(() => rmSync(root, { recursive: true }));

function folder(name: string): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  return path;
}

function executable(path: string, text = "#!/bin/sh\necho ran as $0\n"): string {
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

/** A directory of the PATH that contains box as packages install it: as a link into their own directory. */
function installIn(name: string): string {
  const path = folder(name);
  symlinkSync("../lib/box/dist/box", join(path, "box"));
  return path;
}

const contextOf = (path: string[]) => openContext({ env: { PATH: path.join(":"), HOME: home } });
const link = (path: string[], options: LinkOptions = {}) => linkDocker(contextOf(path), options, program);

it("creates a link beside the command in the PATH, which survives upgrades", async () => {
  const bin = installIn("bin");
  expect(await link([folder("other"), bin])).toEqual({
    path: join(bin, "docker"),
    target: "box",
    existed: false,
    inPath: true,
  });
  // An upgrade to another directory.
  rmSync(join(bin, "box"));
  const fresh = executable(join(folder("lib/box-2"), "box"));
  symlinkSync("../lib/box-2/box", join(bin, "box"));
  expect(realpathSync(join(bin, "docker"))).toBe(fresh);
  expect(execFileSync("docker", { env: { PATH: bin }, encoding: "utf8" })).toMatch(/docker$/m);
});

it("does nothing the second time", async () => {
  const bin = installIn("bin");
  const created = await link([bin]);
  expect(await link([bin])).toEqual({ ...created, existed: true });
  // Nor if the PATH lacks it.
  expect(await link([])).toMatchObject({
    path: join(home, ".local/bin/docker"),
    existed: false,
    inPath: false,
  });
  expect(await link([])).toMatchObject({
    path: join(home, ".local/bin/docker"),
    existed: true,
    inPath: false,
  });
});

it.each(["missing", "present"])("uses ~/.local/bin, %s, if box is not in the PATH", async (state) => {
  const own = join(home, ".local/bin");
  if (state === "present") mkdirSync(own, { recursive: true });
  const path = join(own, "docker");
  expect(await link(["/usr/bin", own].slice(0, state === "present" ? 2 : 1))).toEqual({
    path,
    target: program,
    existed: false,
    inPath: state === "present",
  });
  expect(readlinkSync(path)).toBe(program);
});

it("puts no link among the files of an installation", async () => {
  expect(await link([dirname(program)])).toMatchObject({
    path: join(home, ".local/bin/docker"),
    target: program,
  });
});

it("ignores another program named box, and entries of the PATH that depend on the working directory", async () => {
  const other = folder("other");
  executable(join(other, "box"));
  const bin = installIn("bin");
  expect(await link(["", ".", "bin", other, bin])).toMatchObject({ path: join(bin, "docker") });
});

it.each([
  ["a program", (path: string) => void executable(path)],
  ["a link to a program", (path: string) => symlinkSync(executable(`${path}-cli`), path)],
])("refuses if there is another docker in the PATH: %s", async (_, make) => {
  const bin = installIn("bin");
  const path = join(folder("usr/bin"), "docker");
  make(path);
  await expect(link([bin, dirname(path)])).rejects.toMatchObject({
    code: "docker-exists",
    message: `${path} is another program`,
  });
  expect(readdirSync(bin)).toEqual(["box"]);
});

it.each([
  ["a directory", (path: string) => mkdirSync(path)],
  ["a dangling link", (path: string) => symlinkSync("nowhere", path)],
  ["a link to itself", (path: string) => symlinkSync("docker", path)],
  ["a link to another file", (path: string) => symlinkSync("/etc/passwd", path)],
  ["a file that is not executable", (path: string) => writeFileSync(path, "mine")],
  ["a pipe", (path: string) => execFileSync("mkfifo", [path])],
])("never replaces what is in its place: %s", async (_, make) => {
  const bin = installIn("bin");
  const path = join(bin, "docker");
  make(path);
  const { ino, mode, size, mtimeMs } = lstatSync(path);
  for (const dryRun of [false, true]) {
    await expect(link([bin], { dryRun })).rejects.toMatchObject({
      code: "docker-exists",
      message: `${path} exists and is not a link to box`,
    });
  }
  expect(lstatSync(path)).toMatchObject({ ino, mode, size, mtimeMs });
});

it("creates nothing in a dry run", async () => {
  const bin = installIn("bin");
  expect(await link([bin], { dryRun: true })).toMatchObject({ path: join(bin, "docker"), existed: false });
  expect(await link([], { dryRun: true })).toMatchObject({ path: join(home, ".local/bin/docker") });
  expect([...readdirSync(bin), ...readdirSync(home)]).toEqual(["box"]);
});

it("finds the docker that a shell would run", async () => {
  const bin = folder("bin");
  mkdirSync(join(folder("first"), "docker"));
  symlinkSync("nowhere", join(folder("second"), "docker"));
  const path = [join(root, "first"), join(root, "second"), bin];
  expect(await findDocker(contextOf(path))).toBeUndefined();
  executable(join(bin, "docker"));
  expect(await findDocker(contextOf(path))).toBe(join(bin, "docker"));
});
