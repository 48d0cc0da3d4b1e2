import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { access, lstat, open, readFile, readdir, readlink, stat } from "node:fs/promises";
import { BoxError, errnoOf } from "../errors.js";
import { reasonOf } from "./reason.js";

/*
 * Reading box's own files, which may be missing. Only missing files count as missing: treating an unreadable directory as
 * empty would list nothing, or remove things that it refers to.
 */

const NOT_THERE = ["ENOENT", "ENOTDIR"];

/** The error for one of box's own files that exists but cannot be read. */
export function unreadable(path: string, error: unknown): BoxError {
  return new BoxError("store-unreadable", `cannot read ${path}: ${reasonOf(error)}`, {
    hint: "check that you own all files in box's home directory, or set BOX_HOME to another directory",
    cause: error,
  });
}

/**
 * Waits for the result of reading one of box's own files; returns undefined if it is missing.
 * @param missing error codes that mean so
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

/** Returns the names in a directory, or none if it is missing. @throws BoxError store-unreadable */
export async function namesIn(path: string): Promise<string[]> {
  return (await undefinedIfMissing(readdir(path), path, ["ENOENT"])) ?? [];
}

/** Returns the names of the directories in a directory, or none if it is missing. @throws BoxError store-unreadable */
export async function foldersIn(path: string): Promise<string[]> {
  const entries = await undefinedIfMissing(readdir(path, { withFileTypes: true }), path, ["ENOENT"]);
  return (entries ?? []).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Returns the content of a file, or undefined if it is missing. @throws BoxError store-unreadable */
export function readIfExists(path: string): Promise<Buffer | undefined> {
  return undefinedIfMissing(readFile(path), path);
}

/** Returns the target of a link, or undefined if it is missing or not a link. @throws BoxError store-unreadable */
export function linkTarget(path: string): Promise<string | undefined> {
  return undefinedIfMissing(readlink(path), path, [...NOT_THERE, "EINVAL"]);
}

/** Returns a file's attributes, following links, or undefined if it is missing. @throws BoxError store-unreadable */
export function statIfExists(path: string): Promise<Stats | undefined> {
  return undefinedIfMissing(stat(path), path);
}

/** Whether a file exists, following links. @throws BoxError store-unreadable */
export async function exists(path: string): Promise<boolean> {
  return (await statIfExists(path)) !== undefined;
}

/** Whether a path exists, possibly as a dangling link. @throws BoxError store-unreadable */
export async function isNamed(path: string): Promise<boolean> {
  return (await undefinedIfMissing(lstat(path), path)) !== undefined;
}

/** Whether this process can access a file. Any error counts as no. */
export function isUsable(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** Larger than any record: even with the largest environment that the kernel allows, it is a few MiB. */
const MOST_BYTES = 16 << 20;
/** Neither follows links nor waits for the other end of a FIFO. */
const CAREFULLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Returns the reason why a file cannot be a record, or undefined. */
function refusalOf(stats: Stats): string | undefined {
  if (!stats.isFile()) return "it is not a regular file";
  return stats.size > MOST_BYTES ? `it is larger than ${MOST_BYTES} bytes` : undefined;
}

/** The same for a file that could not be opened: a link or a socket. */
function refusalToOpen(error: unknown): string | undefined {
  return ["ELOOP", "ENXIO"].includes(errnoOf(error) ?? "") ? "it is not a regular file" : undefined;
}

/** The error for a file that can be opened but is not a valid record. */
export function damaged(path: string, why: string): BoxError {
  return new BoxError("store-unreadable", `${path} is damaged: ${why}`);
}

/**
 * Reads the content of a record; returns undefined if it is missing. Only regular files of a limited size are read.
 * @param refuse returns the error for anything else, given the reason
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

/** As `readRecordFile`, but synchronously. @throws BoxError store-unreadable, system errors */
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

/** Reads and parses a JSON file; undefined if it is missing or truncated. @throws BoxError store-unreadable */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await readRecordFile(path);
  if (!bytes) return undefined;
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}
