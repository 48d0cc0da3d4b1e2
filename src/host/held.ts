import { closeSync, constants, openSync, type Stats } from "node:fs";

/** Missing from Node's constants: a descriptor that refers to a file without opening it. */
export const O_PATH = 0o10_000_000;
const { O_DIRECTORY, O_NOFOLLOW } = constants;

/*
 * Others who can write to a directory can replace any component of a path in it by a link at any moment. So files in such
 * a directory are never accessed by path: directories are held open, and names are looked up one at a time in a held
 * directory. The kernel resolves /proc/self/fd/N to exactly the file that was opened.
 */

/** Returns a path to the file that a descriptor refers to, even if it was renamed or removed. */
export const heldPath = (fd: number): string => `/proc/self/fd/${fd}`;

/**
 * Returns a path to a name in a held directory.
 * @param name a single component, bytes as latin1
 */
export function pathIn(folder: number, name: string): Buffer {
  if (name === "" || name === "." || name === ".." || name.includes("/"))
    throw new Error(`not a file name: ${JSON.stringify(name)}`);
  return Buffer.from(`${heldPath(folder)}/${name}`, "latin1");
}

/** Holds the file with a name in a held directory; links are not followed. @throws system errors */
export const hold = (folder: number, name: string): number =>
  openSync(pathIn(folder, name), O_PATH | O_NOFOLLOW);

/** Holds a directory in a held directory. @throws system errors; ENOTDIR for a link */
export const holdFolder = (folder: number, name: string): number =>
  openSync(pathIn(folder, name), O_PATH | O_DIRECTORY | O_NOFOLLOW);

/** Holds the directory at a user's path, following links. @throws system errors */
export const holdFolderAt = (path: string | Buffer): number => openSync(path, O_PATH | O_DIRECTORY);

/** Calls `use` and then closes the descriptor, even if `use` throws. */
export function releasing<T>(fd: number, use: (fd: number) => T): T {
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Decodes a name for messages. @param bytes as latin1 */
export const textOf = (bytes: string): string => Buffer.from(bytes, "latin1").toString();

/** Returns the UTF-8 bytes of a text, as latin1. */
export const bytesOf = (text: string): string => Buffer.from(text).toString("latin1");

/** Returns the type of a file that is neither a regular file nor a directory nor a link. */
export function specialKind(stats: Stats): "device" | "pipe" | "socket" | undefined {
  if (stats.isBlockDevice() || stats.isCharacterDevice()) return "device";
  if (stats.isFIFO()) return "pipe";
  return stats.isSocket() ? "socket" : undefined;
}
