import { accessSync, constants, lstatSync, statfsSync } from "node:fs";
import { access, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf } from "../errors.js";
import { temporaryBeside } from "./temporaries.js";
import { explainWriteFailure } from "./write-failure.js";

/**
 * Replaces a file so that a crash leaves either the old content or the new one: writes a temporary file next to it, syncs
 * it and renames it.
 * @throws the system error of the step that failed; no temporary file is left then
 */
export function writeFileAtomic(path: string, content: string, mode = 0o600): Promise<void> {
  return replace(path, content, mode, true);
}

/** Replaces a private file in the same way without waiting for the disk: a power failure may leave it empty. */
export function writeFileUnsynced(path: string, content: string | Uint8Array): Promise<void> {
  return replace(path, content, 0o600, false);
}

async function replace(
  path: string,
  content: string | Uint8Array,
  mode: number,
  sync: boolean,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, "w", mode);
    try {
      await file.writeFile(content);
      if (sync) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Creates a private directory and missing parent directories. (Node's recursive mkdir reports ENOENT on a read-only disk.)
 * @throws the system error; EEXIST if the directory exists
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    await makeFolder(dirname(path)).catch((above: unknown) => {
      if (errnoOf(above) !== "EEXIST") throw above;
    });
    await mkdir(path, { mode: 0o700 });
  }
}

/** File systems in which only the kernel creates files, although root has write permission: proc, sysfs, cgroups … */
const KERNELS = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0xf97cff8c, 0x1cd1,
  0x6165676c, 0x6e736673, 0xde5e81e4,
]);

function refuseKernels(folder: string): void {
  if (!KERNELS.has(statfsSync(folder).type)) return;
  throw Object.assign(new Error(`cannot create files in ${folder}`), { code: "EPERM" });
}

/**
 * Checks whether this user can create files in an existing directory. Creates nothing.
 * @throws the system error
 */
export function checkCanMakeHere(folder: string): void {
  // The dot fails unless it is a directory.
  accessSync(`${folder}/.`, constants.W_OK | constants.X_OK);
  refuseKernels(folder);
}

/**
 * Checks whether this user can create files in a directory, which may itself have to be created. Creates nothing.
 * @throws BoxError store-unwritable, or the system error
 */
export async function checkCanMakeIn(path: string): Promise<void> {
  for (let at = path; ; at = dirname(at)) {
    try {
      // The dot fails unless it is a directory.
      await access(`${at}/.`, constants.W_OK | constants.X_OK);
      refuseKernels(at);
      return;
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw explainWriteFailure(error, path);
    }
    if (lstatSync(at, { throwIfNoEntry: false })) {
      const inTheWay = Object.assign(new Error(`${at} is a dangling link`), { code: "ENOTDIR" });
      throw explainWriteFailure(inTheWay, path);
    }
  }
}

/** Syncs the parent directory of a path, so that a rename survives a power failure. */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
