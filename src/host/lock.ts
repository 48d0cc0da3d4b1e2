import { readlinkSync, unlinkSync } from "node:fs";
import { lstat, lutimes, mkdir, symlink, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { errnoOf } from "../errors.js";
import { linkTarget, namesIn } from "./read.js";
import { hasEnded, thisProcess } from "./owner.js";

export interface Lock {
  /** Gives it back. Doing so twice does no harm. */
  release: () => Promise<void>;
  /** Shows those who wait that the work goes on. */
  touch: () => void;
}

/** A process that cannot be asked has a lock no longer than this. */
const FOREIGN_MS = 60_000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;

/** Those that this process has. */
const held = new Set<string>();

const giveAllBack = () => held.forEach(giveBack);

function giveBack(path: string): void {
  held.delete(path);
  if (held.size === 0) process.off("exit", giveAllBack);
  try {
    if (readlinkSync(path) === thisProcess()) unlinkSync(path);
  } catch {} // Somebody has taken it away.
}

/** A process that ends gives back what it has; what is killed leaves its locks to the next who wants them. */
function hold(path: string): void {
  if (held.size === 0) process.once("exit", giveAllBack);
  held.add(path);
}

/** The process that has a lock; undefined when nobody does. */
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
 * Takes a lock unless a living process has it. It is a symbolic link whose target names its owner, so it
 * appears with its owner in one step. That of a dead process is taken away by whoever has the lock on *that*: were two
 * to do it, the second might take away the first one's new lock.
 * @param path of the lock; its folder is made
 * @param staleMs a lock that was not touched for so long is taken from a living process as well; only for work that is
 *   not hurt by being done twice
 * @returns undefined when it is taken
 */
export async function tryLock(path: string, staleMs = Infinity): Promise<Lock | undefined> {
  for (;;) {
    try {
      await symlink(thisProcess(), path);
      hold(path);
      return {
        release: () => {
          giveBack(path);
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

/** Takes away the locks that dead processes have left in a folder. */
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

/** Waits until no living process has a lock. @throws AbortError */
export async function whenFree(path: string, signal?: AbortSignal): Promise<void> {
  await poll(async () => {
    const owner = await ownerOf(path);
    return owner === undefined || (await hasEnded(owner, path, FOREIGN_MS)) ? true : undefined;
  }, signal);
}
