import { execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  realpathSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { finish, ROOT } from "../e2e/box.js";

// Where virtiofsd has no root directory of its own, libboxshare.so confines it to the volumes. open-probe.c and
// name-probe.c send it what a guest would send.

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "box-share-names-")));
  for (const name of ["open-probe", "name-probe"])
    execFileSync("gcc", [
      "-O2",
      "-D_FORTIFY_SOURCE=2",
      "-o",
      join(folder, name),
      join(import.meta.dirname, `${name}.c`),
    ]);
  mkdirSync(join(folder, "volume", "below"), { recursive: true });
  mkdirSync(join(folder, "root"));
  writeFileSync(join(folder, "secret"), "secret");
  writeFileSync(join(folder, "volume", "file"), "");
  symlinkSync("../secret", join(folder, "volume", "link"));
  symlinkSync(join(folder, "made"), join(folder, "volume", "nowhere"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const IN_FOLDER = ["name-probe", "open-probe", "root", "secret", "volume"];

/** Runs a probe. Descriptor 3 is the root, 4 the volume, 5 a directory in the volume. */
async function run(program: "open-probe" | "name-probe", words: string[]): Promise<string[]> {
  const fds = ["root", "volume", "volume/below"].map((name) => openSync(join(folder, name), "r"));
  rmdirSync(join(folder, "root"));
  try {
    const child = spawn(join(folder, program), words, {
      env: { LD_PRELOAD: join(ROOT, "dist/native/libboxshare.so"), BOX_SHARE: "3/4/data/5/other" },
      stdio: ["ignore", "pipe", "pipe", ...fds],
    });
    const { code, stdout, stderr } = await finish(child);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout.trim().split("\n");
  } finally {
    fds.forEach(closeSync);
    mkdirSync(join(folder, "root"));
  }
}

const probe = (...words: string[]) => run("open-probe", words);

it("shows the volumes in the root, and nothing else, not even files created there", async () => {
  const volume = join(folder, "volume");
  expect(await probe("3", "data", "3", "other", "3", "dat", "3", "data2", "3", "")).toEqual([
    ...[`data: ${volume}`, "data: EPERM", "data: EPERM"],
    ...[`other: ${volume}/below`, "other: EPERM", "other: EPERM"],
    ...["dat: ENOENT", "dat: ENOENT", "dat: ENOENT"],
    ...["data2: ENOENT", "data2: ENOENT", "data2: ENOENT"],
    ...[": ENOENT", ": ENOENT", ": ENOENT"],
  ]);
});

it("leaves a volume neither through a parent directory nor through a link", async () => {
  const names = ["..", "../secret", "below/../../secret", "link/", "below/..", "./.."];
  const refused = (name: string) => Array.from({ length: 3 }, () => `${name}: EPERM`);
  expect(await probe(...names.flatMap((name) => ["4", name]), "5", "..", "3", "..")).toEqual(
    [...names, "..", ".."].flatMap(refused),
  );
  expect(await probe("4", "link", "4", "nowhere", "4", "file")).toEqual([
    ...[`link: ${folder}/volume/link`, "link: ELOOP", "link: ELOOP"],
    ...[`nowhere: ${folder}/volume/nowhere`, "nowhere: ELOOP", "nowhere: ELOOP"],
    ...Array.from({ length: 3 }, () => `file: ${folder}/volume/file`),
  ]);
  expect(readdirSync(folder).sort()).toEqual(IN_FOLDER);
});

it("creates, removes and renames nothing outside a volume", async () => {
  const names = ["..", "../made", "below/../../made", "below/made", "/made"];
  const lines = await run("name-probe", ["4", ...names]);
  expect(lines).toHaveLength(10 * names.length);
  const allowed = lines.filter((line) => !/: EPERM$|^openat2 .*: ENOSYS$/.test(line));
  expect(allowed).toEqual([]);
  expect(readdirSync(folder).sort()).toEqual(IN_FOLDER);
});

it("creates, renames and removes files in a volume", async () => {
  const lines = await run("name-probe", ["4", "made"]);
  expect(lines.map((line) => line.replace(" made: ", ": "))).toEqual([
    ...["mkdirat: ok", "mknodat: EEXIST", "symlinkat: EEXIST", "linkat: EEXIST"],
    ...["linkat from: EPERM", "renameat: EISDIR", "renameat2: EEXIST", "renameat2 from: ok"],
    ...["unlinkat: ENOENT", "openat2: ENOSYS"],
  ]);
  rmdirSync(join(folder, "volume", "new"));
});
