import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BoxError } from "../config/errors.js";
import { boxHome } from "../config/paths.js";

const run = promisify(execFile);

// The layer is thrown away at stop: a journal would only cost time. The tables are written now, so that the guest's
// kernel does not do it in the background and blow the sparse file up.
const FORMAT = [
  "-q",
  "-F",
  "-t",
  "ext4",
  "-m",
  "0",
  "-O",
  "^has_journal",
  "-E",
  "lazy_itable_init=0,root_owner=0:0",
];

/** An empty ext4 file system of this size, formatted once and kept. */
async function template(sizeMb: number): Promise<string> {
  const folder = join(boxHome(), "templates");
  const path = join(folder, `upper-${sizeMb}m.ext4`);
  if (
    await access(path, constants.R_OK).then(
      () => true,
      () => false,
    )
  ) {
    return path;
  }
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await writeFile(temporary, "", { mode: 0o600 });
    await truncate(temporary, sizeMb * 2 ** 20);
    await run("mke2fs", [...FORMAT, temporary], {
      env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new BoxError("upper-failed", "cannot format the writable layer with mke2fs", {
      hint: "install e2fsprogs, and see that the disk of box's folder has room",
      cause: error,
    });
  }
  return path;
}

/**
 * Makes the writable layer of a box: a sparse copy of the template, a reflink where the file system can.
 * @throws BoxError upper-failed
 */
export async function createUpper(path: string, sizeMb: number): Promise<void> {
  const source = await template(sizeMb);
  try {
    await run("cp", ["--sparse=always", "--reflink=auto", "--", source, path]);
  } catch (error) {
    throw new BoxError("upper-failed", `cannot make the writable layer ${path}`, {
      hint: "see that the disk has room",
      cause: error,
    });
  }
}
