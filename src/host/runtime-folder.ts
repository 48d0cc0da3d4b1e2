import { closeSync, constants, fchmodSync, fstatSync, lstatSync, openSync, type Stats } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BoxError, errnoOf } from "../errors.js";
import { checkCanMakeIn, makeFolder } from "./files.js";
import { reasonOf } from "./reason.js";
import { heldPath } from "./held.js";
import type { Home } from "./home.js";

// Anyone who can place a socket where box looks for one would receive requests that are meant for a box. So sockets are in
// a directory that only this user can write to. It is checked through a descriptor, and sockets are only accessed through
// that descriptor. native/client/find.c looks in the same directories.

const BY_OTHERS = 0o022;
const OF_OTHERS = 0o077;

const uid = () => process.geteuid?.() ?? 0;

function refusal(path: string, reason: string): BoxError {
  return new BoxError("runtime-folder", `${path} is not a private directory of this user: ${reason}`, {
    hint: "remove it, or set BOX_RUNTIME to a directory of your own",
  });
}

function refuseOpen(path: string, error: unknown): BoxError {
  if (look(path)?.isSymbolicLink()) return refusal(path, "it is a symbolic link");
  if (errnoOf(error) === "ENOTDIR") return refusal(path, "it is not a directory");
  return refusal(path, `it cannot be opened (${reasonOf(error)})`);
}

/**
 * Opens a directory for sockets.
 * @param close whether to remove all permissions of others
 * @returns undefined if it is missing
 * @throws BoxError runtime-folder if another user could place a socket there
 */
function openOwn(path: string, close = true): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw refuseOpen(path, error);
  }
  try {
    const stat = fstatSync(descriptor);
    if (stat.uid !== uid()) throw refusal(path, `it belongs to user ${stat.uid}`);
    if ((stat.mode & BY_OTHERS) !== 0) throw refusal(path, "other users can write to it");
    if (close && (stat.mode & OF_OTHERS) !== 0) fchmodSync(descriptor, 0o700);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Returns the attributes of a file, or undefined if it is missing or inaccessible. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Whether a directory exists in which no other user can create files. */
function isOwn(path: string): boolean {
  const stat = look(path);
  return stat?.isDirectory() === true && stat.uid === uid() && (stat.mode & BY_OTHERS) === 0;
}

const inHome = (home: Home) => join(home.folder, "run");

/** The directory below XDG_RUNTIME_DIR; undefined if that is unset, missing or not this user's: after `su`, in cron jobs. */
function inSession(home: Home): string | undefined {
  const { XDG_RUNTIME_DIR } = home.env;
  if (!XDG_RUNTIME_DIR || !isOwn(XDG_RUNTIME_DIR)) return undefined;
  const path = join(XDG_RUNTIME_DIR, "box");
  return isOwn(path) || !lstatSync(path, { throwIfNoEntry: false }) ? path : undefined;
}

/** Returns the directory for new sockets: `$BOX_RUNTIME`, else `$XDG_RUNTIME_DIR/box`, else `$BOX_HOME/run`. */
export function runtimeFolder(home: Home): string {
  const { BOX_RUNTIME } = home.env;
  return BOX_RUNTIME || (inSession(home) ?? inHome(home));
}

/** Directories where a box may have its socket: it may have been started from another session or by an older version. */
function places(home: Home): { path: string; optional: boolean }[] {
  const { BOX_RUNTIME, XDG_RUNTIME_DIR } = home.env;
  if (BOX_RUNTIME) return [{ path: BOX_RUNTIME, optional: false }];
  // Cron jobs and services do not have XDG_RUNTIME_DIR.
  const session = XDG_RUNTIME_DIR || `/run/user/${uid()}`;
  return [
    { path: join(session, "box"), optional: true },
    { path: inHome(home), optional: false },
    { path: join(tmpdir(), `box-${uid()}`), optional: true },
  ];
}

/** As `openOwn`, but skips an optional directory that is unsuitable. */
function openPlace({ path, optional }: { path: string; optional: boolean }): number | undefined {
  try {
    return openOwn(path);
  } catch (error) {
    if (optional && error instanceof BoxError) return undefined;
    throw error;
  }
}

/**
 * Checks whether `makeRuntimeFolder` would find or could create a directory. Changes nothing.
 * @throws BoxError runtime-folder, and the system error
 */
export async function checkRuntimeFolder(home: Home): Promise<void> {
  const path = runtimeFolder(home);
  const descriptor = openOwn(path, false);
  if (descriptor !== undefined) closeSync(descriptor);
  await checkCanMakeIn(path);
}

/**
 * Creates the directory for new sockets, unless it exists.
 * @throws BoxError runtime-folder if other users can write to it
 */
export async function makeRuntimeFolder(home: Home): Promise<string> {
  const path = runtimeFolder(home);
  let descriptor = openOwn(path);
  if (descriptor === undefined) {
    await makeFolder(path).catch((error: unknown) => {
      // Another command may have created it.
      if (errnoOf(error) !== "EEXIST") throw error;
    });
    descriptor = openOwn(path);
  }
  if (descriptor === undefined) throw refusal(path, "it has been removed");
  closeSync(descriptor);
  return path;
}

/**
 * Searches the directories for sockets. They may be removed meanwhile, but not replaced.
 * @param look called with a path to the directory, which is valid until it returns; a result ends the search
 * @throws BoxError runtime-folder
 */
export async function searchRuntimeFolders<T>(
  home: Home,
  look: (folder: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const place of places(home)) {
    const descriptor = openPlace(place);
    if (descriptor === undefined) continue;
    try {
      const found = await look(heldPath(descriptor));
      if (found !== undefined) return found;
    } finally {
      closeSync(descriptor);
    }
  }
  return undefined;
}
