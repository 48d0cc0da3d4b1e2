import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, mkdirSync, openSync, rmdirSync, unlinkSync } from "node:fs";
import { BoxError, errnoOf } from "../../errors.js";
import { holdFolder, pathIn, releasing } from "../../host/held.js";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const OTHERS = 0o077;

export interface PrivateFolder {
  fd: number;
  /** Nobody else can write in it. False where a file system has no modes: nothing there is to be given any. */
  closed: boolean;
}

export const temporaryName = (): string => `.box-cp-${randomBytes(8).toString("hex")}`;

/** Who this process is on a file system, and whether that has modes: a file shows it, since to make is to open it. */
function probe(folder: number): { uid: number; hasModes: boolean } {
  const place = pathIn(folder, temporaryName());
  const fd = openSync(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const { uid, mode } = fstatSync(fd);
    return { uid, hasModes: (mode & OTHERS) === 0 };
  } finally {
    closeSync(fd);
    unlinkSync(place);
  }
}

/** Whether the folder of this descriptor lets nobody else write. @throws BoxError copy-failed if it is not ours */
function isClosed(fd: number, parent: number): boolean {
  const { uid, mode } = fstatSync(fd);
  const closed = (mode & OTHERS) === 0;
  if (closed && uid === process.geteuid?.()) return true;
  // Shares of a network may have another user in root's place.
  const own = probe(parent);
  if (own.uid === uid && closed === own.hasModes) return closed;
  throw new BoxError("copy-failed", "somebody else exchanges files in the destination");
}

/**
 * Makes a folder for the time of a call in one that others may write in. They can put something else in the place of a
 * new folder or link before it is opened, and it would get the mode and the owner meant for the new one; in here they
 * cannot. What is whole is renamed to its place. Even if this folder is exchanged for another of this user's that is
 * closed to all others, what is made in it is new.
 * @throws BoxError copy-failed, system errors
 */
export function inPrivateFolder<T>(parent: number, use: (folder: PrivateFolder) => T): T {
  const name = temporaryName();
  mkdirSync(pathIn(parent, name), 0o700);
  try {
    return releasing(holdFolder(parent, name), (fd) => use({ fd, closed: isClosed(fd, parent) }));
  } finally {
    try {
      rmdirSync(pathIn(parent, name));
    } catch (error) {
      // Somebody has exchanged it.
      if (!["ENOENT", "ENOTDIR", "ENOTEMPTY"].includes(errnoOf(error) ?? "")) throw error;
    }
  }
}
