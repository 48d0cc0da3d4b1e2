import { accessSync, constants, lstatSync, statfsSync } from "node:fs";
import { access, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf } from "../errors.js";
import { explainWriteFailure } from "./write-failure.js";

let temporaries = 0;

/** A name beside a path that nobody else uses, be it another process or other work of this one. */
export function temporaryBeside(path: string): string {
  return `${path}.${process.pid}-${temporaries++}.tmp`;
}

/**
 * Replaces a file so that a crash leaves either the old content or the new one: written beside it, fsynced, renamed.
 * @throws the system error of the step that failed; nothing is left beside the file then.
 */
export async function writeFileAtomic(path: string, content: string, mode = 0o600): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, "w", mode);
    try {
      await file.writeFile(content);
      await file.sync();
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
 * Makes a folder of this user's alone that is not there, and those above it that are not. (The recursive mkdir of Node's
 * says ENOENT where the disk is read-only.)
 * @throws the system error; EEXIST when the folder itself is there
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

/** File systems in which the kernel alone makes files, though root may write to their folders: proc, sysfs, cgroups … */
const KERNELS = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0xf97cff8c, 0x1cd1,
  0x6165676c, 0x6e736673, 0xde5e81e4,
]);

function refuseKernels(folder: string): void {
  if (!KERNELS.has(statfsSync(folder).type)) return;
  throw Object.assign(new Error(`nothing can be made in ${folder}`), { code: "EPERM" });
}

/**
 * Checks whether this user can make something in a folder that is there, and makes nothing.
 * @throws the system error
 */
export function checkCanMakeHere(folder: string): void {
  // By its dot: it has to be a folder.
  accessSync(`${folder}/.`, constants.W_OK | constants.X_OK);
  refuseKernels(folder);
}

/**
 * Checks whether this user can make something in a folder, which may have to be made itself, and makes nothing.
 * @throws BoxError store-unwritable, or the system error
 */
export async function checkCanMakeIn(path: string): Promise<void> {
  for (let at = path; ; at = dirname(at)) {
    try {
      // By its dot: it has to be a folder.
      await access(`${at}/.`, constants.W_OK | constants.X_OK);
      refuseKernels(at);
      return;
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw explainWriteFailure(error, path);
    }
    if (lstatSync(at, { throwIfNoEntry: false })) {
      const inTheWay = Object.assign(new Error(`${at} leads nowhere`), { code: "ENOTDIR" });
      throw explainWriteFailure(inTheWay, path);
    }
  }
}

/** Makes a rename in this folder last through a power cut. */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
