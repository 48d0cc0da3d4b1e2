import { closeSync, fstatSync, readlinkSync } from "node:fs";
import { basename, dirname, isAbsolute } from "node:path";
import { BoxError, errnoOf } from "../../errors.js";
import { reasonOf } from "../../host/reason.js";
import { bytesOf, heldPath, hold, holdFolderAt, pathIn, specialKind, textOf } from "../../host/held.js";
import { quote } from "../../config/syntax/quote.js";
import type { Found } from "./place.js";

/** As many links as the kernel follows. */
const MOST_LINKS = 40;

/** Where a copy goes on this host, held. */
export interface Destination {
  found: Found;
  /** The folder that is there, or else the one that the file is in or will be. */
  folder: number;
  /** In that folder, bytes as latin1; undefined when the folder itself is the destination. */
  name: string | undefined;
  close: () => void;
}

function refuse(why: string, cause?: unknown): BoxError {
  return new BoxError("copy-failed", why, { cause });
}

/** In the words of Docker. */
export function refuseSpecial(path: string, kind: ReturnType<typeof specialKind>): BoxError {
  return refuse(
    `invalid output path: ${quote(path)} must be a directory or a regular file: got a ${kind ?? "strange file"}`,
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
          ? "is a file"
          : `cannot be used: ${reasonOf(error)}`;
    throw refuse(`invalid output path: directory ${quote(shown)} ${why}`, error);
  }
}

/**
 * Finds out what is at a path of this host, as docker cp does: links are followed, also to where nothing is yet. What
 * is found is held: from here on the path is not asked again.
 * @param path absolute
 * @throws BoxError copy-failed for what is neither a folder nor a file
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
      // Relative to the folder that the link is in.
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
    throw refuse(`too many symlinks in ${path}`);
  } catch (error) {
    closeSync(parent);
    const errno = errnoOf(error);
    if (error instanceof BoxError || errno === undefined) throw error;
    throw refuse(`${path} cannot be written: ${reasonOf(error)}`, error);
  }
}

/** A folder is held. */
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
