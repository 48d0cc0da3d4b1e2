import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { access, lstat, open, readFile, readdir, readlink, stat } from "node:fs/promises";
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
export async function undefinedIfMissing<T>(
  reading: Promise<T>,
  path: string,
  missing = NOT_THERE,
): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (missing.includes(errnoOf(error) ?? "")) return undefined;
    throw error instanceof BoxError && error.code === "store-unreadable" ? error : unreadable(path, error);
  }
}

/** The names in a folder; none when it is not there. @throws BoxError store-unreadable */
export async function namesIn(path: string): Promise<string[]> {
  return (await undefinedIfMissing(readdir(path), path, ["ENOENT"])) ?? [];
}

/** The content of a file; undefined when it is not there. @throws BoxError store-unreadable */
export function readIfExists(path: string): Promise<Buffer | undefined> {
  return undefinedIfMissing(readFile(path), path);
}

/** What a link leads to; undefined when there is no link. @throws BoxError store-unreadable */
export function linkTarget(path: string): Promise<string | undefined> {
  return undefinedIfMissing(readlink(path), path, [...NOT_THERE, "EINVAL"]);
}

/** What a file is, all links followed; undefined when it is not there. @throws BoxError store-unreadable */
export function statIfExists(path: string): Promise<Stats | undefined> {
  return undefinedIfMissing(stat(path), path);
}

/** Whether something is there, all links followed. @throws BoxError store-unreadable */
export async function exists(path: string): Promise<boolean> {
  return (await statIfExists(path)) !== undefined;
}

/** Whether something has this name, be it a link that leads nowhere. @throws BoxError store-unreadable */
export async function isNamed(path: string): Promise<boolean> {
  return (await undefinedIfMissing(lstat(path), path)) !== undefined;
}

/** Whether the system lets this process have something, whatever keeps it from it otherwise. */
export function isUsable(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** More than any record has: that of a box with an environment as large as the kernel allows takes a few MiB. */
const MOST_BYTES = 16 << 20;
/** Neither follows a link nor waits for the other end of a FIFO. */
const CAREFULLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Why a file is not read as a record, if it is not. */
function refusalOf(stats: Stats): string | undefined {
  if (!stats.isFile()) return "it is not a regular file";
  return stats.size > MOST_BYTES ? `it has more than ${MOST_BYTES} bytes` : undefined;
}

/** The same of one that could not be opened: a link or a socket. */
function refusalToOpen(error: unknown): string | undefined {
  return ["ELOOP", "ENXIO"].includes(errnoOf(error) ?? "") ? "it is not a regular file" : undefined;
}

/** A record that can be opened, and that is none. */
export function damaged(path: string, why: string): BoxError {
  return new BoxError("store-unreadable", `${path} is damaged: ${why}`);
}

/**
 * The content of a record; undefined when it is not there. Only regular files of a limited size are read.
 * @param refuse the error for what is something else, by the reason
 * @throws BoxError store-unreadable
 */
export async function readRecordFile(
  path: string,
  refuse = (why: string) => damaged(path, why),
): Promise<Buffer | undefined> {
  const opening = open(path, CAREFULLY).catch((error: unknown) => {
    const why = refusalToOpen(error);
    throw why === undefined ? error : refuse(why);
  });
  const file = await undefinedIfMissing(opening, path);
  if (!file) return undefined;
  try {
    const why = refusalOf(await file.stat());
    if (why !== undefined) throw refuse(why);
    return await file.readFile();
  } catch (error) {
    throw error instanceof BoxError ? error : unreadable(path, error);
  } finally {
    await file.close();
  }
}

/** As `readRecordFile`, at once. @throws BoxError store-unreadable, system errors */
export function readRecordFileSync(path: string): Buffer {
  const file = openSync(path, CAREFULLY);
  try {
    const why = refusalOf(fstatSync(file));
    if (why !== undefined) throw damaged(path, why);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Reads and parses a JSON file; undefined when it is missing or was left half-written. @throws BoxError store-unreadable */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await readRecordFile(path);
  if (!bytes) return undefined;
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}
