import { constants, type Stats } from "node:fs";
import { access, lstat, readFile, readdir, readlink, stat } from "node:fs/promises";
import { BoxError, errnoOf } from "../errors.js";
import { reasonOf } from "./reason.js";

/*
 * Reading what box keeps, which may not be there. Only what is missing counts as missing: a folder that may not be read
 * is not empty, and whoever took it for that would list nothing, or remove what it holds on to.
 */

const NOT_THERE = ["ENOENT", "ENOTDIR"];

/** What is said of something of box's own that is there and cannot be read. */
export function unreadable(path: string, error: unknown): BoxError {
  return new BoxError("store-unreadable", `cannot read ${path}: ${reasonOf(error)}`, {
    hint: "see that all of box's folder belongs to you, or set BOX_HOME to another",
    cause: error,
  });
}

/**
 * What comes of looking at something of box's own; undefined when it is not there.
 * @param missing errors that say so
 * @throws BoxError store-unreadable
 */
export async function orMissing<T>(
  reading: Promise<T>,
  path: string,
  missing = NOT_THERE,
): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (missing.includes(errnoOf(error) ?? "")) return undefined;
    throw unreadable(path, error);
  }
}

/** The names in a folder; none when it is not there. @throws BoxError store-unreadable */
export async function namesIn(path: string): Promise<string[]> {
  return (await orMissing(readdir(path), path, ["ENOENT"])) ?? [];
}

/** The content of a file; undefined when it is not there. @throws BoxError store-unreadable */
export function readIfThere(path: string): Promise<Buffer | undefined> {
  return orMissing(readFile(path), path);
}

/** What a link leads to; undefined when there is no link. @throws BoxError store-unreadable */
export function linkTarget(path: string): Promise<string | undefined> {
  return orMissing(readlink(path), path, [...NOT_THERE, "EINVAL"]);
}

/** What a file is, all links followed; undefined when it is not there. @throws BoxError store-unreadable */
export function statIfThere(path: string): Promise<Stats | undefined> {
  return orMissing(stat(path), path);
}

/** Whether something is there, all links followed. @throws BoxError store-unreadable */
export async function isThere(path: string): Promise<boolean> {
  return (await statIfThere(path)) !== undefined;
}

/** Whether something has this name, be it a link that leads nowhere. @throws BoxError store-unreadable */
export async function isNamed(path: string): Promise<boolean> {
  return (await orMissing(lstat(path), path)) !== undefined;
}

/** Whether the system lets this process have something, whatever keeps it from it otherwise. */
export function isUsable(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** Reads and parses a JSON file; undefined when it is missing or was left half-written. @throws BoxError store-unreadable */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await readIfThere(path);
  if (!bytes) return undefined;
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}
