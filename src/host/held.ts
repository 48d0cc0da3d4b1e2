import { closeSync, constants, openSync, type Stats } from "node:fs";

/** Not among Node's constants: a descriptor that names a file without opening it. */
export const O_PATH = 0o10_000_000;
const { O_DIRECTORY, O_NOFOLLOW } = constants;

/*
 * Whoever else may write to a folder can put a link in the place of a path's component at any moment. So nothing in such
 * a folder is reached by a path: folders are held open, and one name at a time is looked up in a held folder. The
 * kernel follows /proc/self/fd/N to the very file that was opened.
 */

/** The file that a descriptor holds, whatever has become of its name. */
export const heldPath = (fd: number): string => `/proc/self/fd/${fd}`;

/**
 * The path of a name in a held folder.
 * @param name bytes as latin1, a single component
 */
export function pathIn(folder: number, name: string): Buffer {
  if (name === "" || name === "." || name === ".." || name.includes("/"))
    throw new Error(`not the name of a file: ${JSON.stringify(name)}`);
  return Buffer.from(`${heldPath(folder)}/${name}`, "latin1");
}

/** Holds whatever has a name in a held folder: a link is held itself. @throws system errors */
export const hold = (folder: number, name: string): number =>
  openSync(pathIn(folder, name), O_PATH | O_NOFOLLOW);

/** Holds a folder in a held folder. @throws system errors; ENOTDIR for a link */
export const holdFolder = (folder: number, name: string): number =>
  openSync(pathIn(folder, name), O_PATH | O_DIRECTORY | O_NOFOLLOW);

/** Holds the folder that a user's path leads to, following links as every program does. @throws system errors */
export const holdFolderAt = (path: string | Buffer): number => openSync(path, O_PATH | O_DIRECTORY);

/** @throws what `use` throws; the descriptor is closed in any case. */
export function releasing<T>(fd: number, use: (fd: number) => T): T {
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** A name as text for messages. @param bytes as latin1 */
export const textOf = (bytes: string): string => Buffer.from(bytes, "latin1").toString();

/** The bytes of a text, as latin1. */
export const bytesOf = (text: string): string => Buffer.from(text).toString("latin1");

/** What a file is that is neither a regular file nor a folder nor a link. */
export function specialKind(stats: Stats): "device" | "pipe" | "socket" | undefined {
  if (stats.isBlockDevice() || stats.isCharacterDevice()) return "device";
  if (stats.isFIFO()) return "pipe";
  return stats.isSocket() ? "socket" : undefined;
}
