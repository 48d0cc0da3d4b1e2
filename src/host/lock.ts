import { readlinkSync, unlinkSync } from "node:fs";
import { lstat, lutimes, mkdir, symlink, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { errnoOf } from "../errors.js";
import { linkTarget, namesIn } from "./read.js";
import { hasEnded, thisProcess } from "./owner.js";

export interface Lock {
  /** Releases the lock. Calling it twice is harmless. */
  release: () => Promise<void>;
  /** Shows waiting processes that the work is making progress. */
  touch: () => void;
}

/** A lock held by a process that cannot be checked expires after this time. */
const FOREIGN_MS = 60_000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;

/** Locks held by this process. */
const held = new Set<string>();

const releaseAll = () => held.forEach(release);

function release(path: string): void {
  held.delete(path);
  if (held.size === 0) process.off("exit", releaseAll);
  try {
    if (readlinkSync(path) === thisProcess()) unlinkSync(path);
  } catch {} // Another process has removed it.
}

/** Locks are released when the process exits. If it is killed, the next process that needs a lock breaks it. */
function hold(path: string): void {
  if (held.size === 0) process.once("exit", releaseAll);
  held.add(path);
}

/** Returns the process that holds a lock, or undefined. */
async function ownerOf(path: string): Promise<string | undefined> {
  return linkTarget(path);
}

async function isAbandoned(path: string, owner: string, staleMs: number): Promise<boolean> {
  if (await hasEnded(owner, path, FOREIGN_MS)) return true;
  if (staleMs === Infinity) return false;
  const link = await lstat(path).catch(() => undefined);
  return link !== undefined && Date.now() - link.mtimeMs >= staleMs;
}

/**
 * Takes a lock unless a running process holds it. A lock is a symbolic link whose target names its owner, so both are
 * created in one step. Breaking the lock of a dead process requires a lock of its own: of two processes that break it at
 * the same time, the second one might remove the first one's new lock.
 * @param path path of the lock; its directory is created
 * @param staleMs a lock not touched for this long is broken even if its process is running; only for work that may safely
 *   be done twice
 * @returns undefined if the lock is held
 */
export async function tryLock(path: string, staleMs = Infinity): Promise<Lock | undefined> {
  for (;;) {
    try {
      await symlink(thisProcess(), path);
      hold(path);
      return {
        release: () => {
          release(path);
          return Promise.resolve();
        },
        touch: () => {
          const now = new Date();
          void lutimes(path, now, now).catch(() => undefined);
        },
      };
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === "ENOENT") await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      else if (errno !== "EEXIST") throw error;
    }
    const owner = await ownerOf(path);
    if (owner === undefined) continue;
    if (!(await isAbandoned(path, owner, staleMs))) return undefined;
    const breaking = await tryLock(`${path}~${owner}`);
    if (!breaking) return undefined;
    try {
      if ((await ownerOf(path)) === owner && (await isAbandoned(path, owner, staleMs))) await unlink(path);
    } finally {
      await breaking.release();
    }
  }
}

/** Removes locks of dead processes from a directory. */
export async function sweepLocks(folder: string): Promise<void> {
  const names = await namesIn(folder);
  await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const owner = await ownerOf(path);
      if (owner !== undefined && (await hasEnded(owner, path, FOREIGN_MS)))
        await (await tryLock(path))?.release();
    }),
  );
}

async function poll<T>(look: () => Promise<T | undefined>, signal?: AbortSignal): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const found = await look();
    if (found !== undefined) return found;
    await setTimeout(pause, undefined, { signal });
  }
}

/** Waits for a lock, and takes it. @throws AbortError */
export async function lock(path: string, staleMs?: number, signal?: AbortSignal): Promise<Lock> {
  return poll(() => tryLock(path, staleMs), signal);
}

/** Waits until no running process holds a lock. @throws AbortError */
export async function whenFree(path: string, signal?: AbortSignal): Promise<void> {
  await poll(async () => {
    const owner = await ownerOf(path);
    return owner === undefined || (await hasEnded(owner, path, FOREIGN_MS)) ? true : undefined;
  }, signal);
}
