import { closeSync, fstatSync, readlinkSync } from "node:fs";
import { basename, dirname, isAbsolute } from "node:path";
import { BoxError, errnoOf } from "../../errors.js";
import { reasonOf } from "../../host/reason.js";
import { bytesOf, heldPath, hold, holdFolderAt, pathIn, specialKind, textOf } from "../../host/held.js";
import { quote } from "../../config/syntax/quote.js";
import type { Found } from "./place.js";

/** Maximum number of links followed, as in the kernel. */
const MOST_LINKS = 40;

/** Destination of a copy on this host, held open. */
export interface Destination {
  found: Found;
  /** Descriptor of the directory, or of the parent directory of a file, which may not exist yet. */
  folder: number;
  /** Name in the parent directory, bytes as latin1; undefined if the directory itself is the destination. */
  name: string | undefined;
  close: () => void;
}

function refuse(why: string, cause?: unknown): BoxError {
  return new BoxError("copy-failed", why, { cause });
}

/** Docker's message. */
export function refuseSpecial(path: string, kind: ReturnType<typeof specialKind>): BoxError {
  return refuse(
    `invalid output path: ${quote(path)} must be a directory or a regular file: got a ${kind ?? "special file"}`,
  );
}

/** @param path bytes as latin1 */
function openParent(path: string, shown: string): number {
  try {
    return holdFolderAt(Buffer.from(path, "latin1"));
  } catch (error) {
    const errno = errnoOf(error);
    const why =
      errno === "ENOENT"
        ? "does not exist"
        : errno === "ENOTDIR"
          ? "is not a directory"
          : `cannot be used: ${reasonOf(error)}`;
    throw refuse(`invalid output path: directory ${quote(shown)} ${why}`, error);
  }
}

/**
 * Looks up a destination on this host, as docker cp does: links are followed, even if the target does not exist. The
 * result is held open: the path is not looked up again.
 * @param path absolute
 * @throws BoxError copy-failed if it is neither a directory nor a regular file
 */
export function holdDestination(path: string): Destination {
  const asFolder = (folder: number): Destination => ({
    ...{ found: "folder", folder, name: undefined },
    close: () => closeSync(folder),
  });
  if (basename(path) === "") return asFolder(holdFolderAt(path));
  let parent = openParent(bytesOf(dirname(path)), dirname(path));
  let name = bytesOf(basename(path));
  try {
    for (let links = 0; links <= MOST_LINKS; links++) {
      const found = lookUp(parent, name, path);
      if (typeof found === "number") {
        closeSync(parent);
        return asFolder(found);
      }
      if (found !== "link") {
        const folder = parent;
        return { found, folder, name, close: () => closeSync(folder) };
      }
      const target = readlinkSync(pathIn(parent, name), "latin1");
      // Relative to the directory of the link.
      const from = isAbsolute(target) ? target : `${heldPath(parent)}/${target}`;
      if (["", ".", ".."].includes(basename(from))) {
        const folder = openParent(from, path);
        closeSync(parent);
        return asFolder(folder);
      }
      const next = openParent(dirname(from), textOf(dirname(target)));
      closeSync(parent);
      parent = next;
      name = basename(from);
    }
    throw refuse(`too many symbolic links in ${path}`);
  } catch (error) {
    closeSync(parent);
    const errno = errnoOf(error);
    if (error instanceof BoxError || errno === undefined) throw error;
    throw refuse(`cannot write ${path}: ${reasonOf(error)}`, error);
  }
}

/** Returns a held descriptor for a directory. */
function lookUp(parent: number, name: string, shown: string): number | "file" | "nothing" | "link" {
  let fd: number;
  try {
    fd = hold(parent, name);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "nothing";
    throw error;
  }
  const stats = fstatSync(fd);
  if (stats.isDirectory()) return fd;
  closeSync(fd);
  if (stats.isSymbolicLink()) return "link";
  if (stats.isFile()) return "file";
  throw refuseSpecial(shown, specialKind(stats));
}
