import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readlinkSync } from "node:fs";
import { errnoOf } from "../../errors.js";
import { heldPath, O_PATH } from "../../host/held.js";

const HERE = O_PATH | constants.O_NOFOLLOW;

/** Maximum number of links followed, as in the kernel. */
const MOST_LINKS = 40;

/** The type of the file at a host path, or the first link in the path. */
export type Found = { kind: "folder" | "file" | "other" } | { kind: "link"; link: string };

const inside = (fd: number, name: string) => `${heldPath(fd)}/${name}`;

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Tries O_DIRECTORY first, since only that triggers an automount. */
function openEntry(path: string): number {
  try {
    return openSync(path, HERE | constants.O_DIRECTORY);
  } catch (error) {
    if (errnoOf(error) !== "ENOTDIR" || isLink(path)) throw error;
    return openSync(path, HERE);
  }
}

/**
 * Handles a missing path component.
 * @param entry path of the component below the descriptor of its parent directory
 * @param walked path up to and including the component
 * @returns a descriptor of the created directory; undefined to end the lookup as if one had been created
 * @throws the system error or another error
 */
export type OnMissing = (entry: string, walked: string, error: unknown) => number | undefined;

/** Creates a directory. */
export const makeMissing: OnMissing = (entry) => {
  try {
    mkdirSync(entry);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  return openEntry(entry);
};

/** Throws the error. */
export const refuseMissing: OnMissing = (_entry, _walked, error) => {
  throw error;
};

/**
 * Looks up a host path without following any link, even if one replaces a directory in the meantime: each component is
 * opened relative to the one before it.
 * @throws the system error, and what `onMissing` throws
 */
export function lookUp(path: string, onMissing: OnMissing): Found {
  let fd = openSync("/", HERE | constants.O_DIRECTORY);
  let walked = "";
  try {
    for (const name of path.split("/").filter(Boolean)) {
      walked += `/${name}`;
      const entry = inside(fd, name);
      let next: number | undefined;
      try {
        next = openEntry(entry);
      } catch (error) {
        if (isLink(entry)) return { kind: "link", link: walked };
        if (errnoOf(error) !== "ENOENT") throw error;
        next = onMissing(entry, walked, error);
        if (next === undefined) return { kind: "folder" };
      }
      closeSync(fd);
      fd = next;
    }
    const found = fstatSync(fd);
    if (found.isSymbolicLink()) return { kind: "link", link: walked };
    return { kind: found.isDirectory() ? "folder" : found.isFile() ? "file" : "other" };
  } finally {
    closeSync(fd);
  }
}

/**
 * Follows all links in a path. The last components may be missing.
 * @returns the resolved path, and the links that were followed, each with its parent directory resolved
 * @throws the system error
 */
export function followLinks(path: string): { real: string; links: string[] } {
  const links: string[] = [];
  const rest = path.split("/").filter(Boolean);
  let real = "";
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === ".") continue;
    if (name === "..") {
      real = real.slice(0, Math.max(real.lastIndexOf("/"), 0));
      continue;
    }
    const next = `${real}/${name}`;
    if (!isLink(next)) {
      real = next;
      continue;
    }
    links.push(next);
    if (links.length > MOST_LINKS) throw Object.assign(new Error(`ELOOP: ${path}`), { code: "ELOOP" });
    const target = readlinkSync(next);
    if (target.startsWith("/")) real = "";
    rest.unshift(...target.split("/").filter(Boolean));
  }
  return { real: real === "" ? "/" : real, links };
}
