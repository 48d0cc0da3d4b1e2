import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readlinkSync } from "node:fs";
import { errnoOf } from "../../errors.js";
import { heldPath, O_PATH } from "../../host/held.js";

const HERE = O_PATH | constants.O_NOFOLLOW;

/** As many as the kernel follows. */
const MOST_LINKS = 40;

/** What is at a path of the host, or the first link on the way. */
export type Found = { kind: "folder" | "file" | "other" } | { kind: "link"; link: string };

const inside = (fd: number, name: string) => `${heldPath(fd)}/${name}`;

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** O_DIRECTORY, because only that has an automounter mount what belongs there. */
function openEntry(path: string): number {
  try {
    return openSync(path, HERE | constants.O_DIRECTORY);
  } catch (error) {
    if (errnoOf(error) !== "ENOTDIR" || isLink(path)) throw error;
    return openSync(path, HERE);
  }
}

/**
 * What becomes of a part of a path that is missing.
 * @param entry its path in the folder above it, which is held
 * @param walked its path
 * @returns a descriptor of what has been made; undefined: a folder would be made, and nothing is below it
 * @throws the system error, or another
 */
export type OnMissing = (entry: string, walked: string, error: unknown) => number | undefined;

/** A folder is made. */
export const makeMissing: OnMissing = (entry) => {
  try {
    mkdirSync(entry);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  return openEntry(entry);
};

/** It is an error. */
export const refuseMissing: OnMissing = (_entry, _walked, error) => {
  throw error;
};

/**
 * Looks at a path of the host without following any link, not even one that takes a folder's place meanwhile: each
 * part is opened below the one before it.
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
 * Follows all links of a path, whose end may be missing.
 * @returns the path without links, and those that were followed, each without a link before its last part
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
