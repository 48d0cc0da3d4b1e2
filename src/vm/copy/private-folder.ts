import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, mkdirSync, openSync, rmdirSync, unlinkSync } from "node:fs";
import { BoxError, errnoOf } from "../../errors.js";
import { holdFolder, pathIn, releasing } from "../../host/held.js";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const OTHERS = 0o077;

export interface PrivateFolder {
  fd: number;
  /** No other user can write to it. False if the file system has no modes, so that modes need not be set. */
  closed: boolean;
}

export const temporaryName = (): string => `.box-cp-${randomBytes(8).toString("hex")}`;

/** Creates a file to find out this process's user on a file system, and whether the file system has modes. */
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

/** Whether no other user can write to an open directory. @throws BoxError copy-failed if it is not ours */
function isClosed(fd: number, parent: number): boolean {
  const { uid, mode } = fstatSync(fd);
  const closed = (mode & OTHERS) === 0;
  if (closed && uid === process.geteuid?.()) return true;
  // Network shares may map root to another user.
  const own = probe(parent);
  if (own.uid === uid && closed === own.hasModes) return closed;
  throw new BoxError("copy-failed", "another user is replacing files in the destination");
}

/**
 * Creates a temporary directory, for the duration of a call, in one that other users may write to. There, they could
 * replace a new directory or link before it is opened, so that their file would get the mode and owner meant for it; in
 * the temporary one they cannot. Complete files are renamed into place. Even if it is swapped for another private
 * directory of this user, the files created in it are new.
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
      // Another process has replaced it.
      if (!["ENOENT", "ENOTDIR", "ENOTEMPTY"].includes(errnoOf(error) ?? "")) throw error;
    }
  }
}
