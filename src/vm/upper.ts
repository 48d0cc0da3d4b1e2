import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BoxError } from "../errors.js";
import type { Home } from "../host/home.js";

const run = promisify(execFile);

/** Whether a writable layer outlives the run of its box. */
export type Keep = "scratch" | "persistent";

// The tables are written now, so that the guest's kernel does not do it in the background and blow the sparse file up;
// the journal of a new file is zeros already.
const FORMAT = [
  ...["-q", "-F", "-t", "ext4", "-m", "0"],
  ...["-E", "lazy_itable_init=0,lazy_journal_init=1,root_owner=0:0"],
];

/**
 * What is thrown away at stop needs no journal, and waiting for the disk at every fsync would protect nothing. The layer
 * says so itself: whoever mounts it need not know.
 */
const KINDS: Record<Keep, { format: string[]; tune?: string[] }> = {
  scratch: {
    format: ["-O", "^has_journal"],
    tune: ["-o", "nobarrier", "-E", "mount_opts=noauto_da_alloc"],
  },
  persistent: { format: [] },
};

async function format(home: Home, path: string, sizeMb: number, keep: Keep): Promise<void> {
  const env = { ...home.env, PATH: `${home.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  await writeFile(path, "", { mode: 0o600 });
  await truncate(path, sizeMb * 2 ** 20);
  const kind = KINDS[keep];
  await run("mke2fs", [...FORMAT, ...kind.format, path], { env });
  if (kind.tune) await run("tune2fs", [...kind.tune, path], { env });
}

const isThere = (path: string) =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );

/**
 * An empty ext4 file system of this size, formatted once and kept.
 * @throws BoxError upper-failed
 */
export async function template(home: Home, sizeMb: number, keep: Keep): Promise<string> {
  const folder = join(home.folder, "templates");
  const path = join(folder, `${keep}-${sizeMb}m.ext4`);
  if (await isThere(path)) return path;
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await format(home, temporary, sizeMb, keep);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new BoxError("upper-failed", "cannot format the writable layer with mke2fs and tune2fs", {
      hint: "install e2fsprogs, and see that the disk of box's folder has room",
      cause: error,
    });
  }
  return path;
}

/**
 * Makes the writable layer of a box: a sparse copy of the template, a reflink where the file system can.
 * @param seed is copied instead, where it is there
 * @throws BoxError upper-failed
 */
export async function createUpper(
  home: Home,
  path: string,
  sizeMb: number,
  keep: Keep,
  seed?: string,
): Promise<void> {
  const source = seed !== undefined && (await isThere(seed)) ? seed : await template(home, sizeMb, keep);
  try {
    await run("cp", ["--sparse=always", "--reflink=auto", "--", source, path]);
  } catch (error) {
    throw new BoxError("upper-failed", `cannot make the writable layer ${path}`, {
      hint: "see that the disk has room",
      cause: error,
    });
  }
}
