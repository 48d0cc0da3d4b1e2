import { join } from "node:path";
import { lock } from "../../host/lock.js";
import type { Home } from "../../host/home.js";

/** A command takes much less time to read and write a record, unless it is suspended (Ctrl-Z). */
const STALE_MS = 30_000;

/**
 * Locks a box's record against writes by other commands. Every change rereads the record under this lock.
 * @returns a function that releases the lock; calling it twice is harmless
 */
export async function lockRecord(home: Home, id: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  const { release } = await lock(join(home.folder, "locks", `box-${id}`), STALE_MS, signal);
  return release;
}

/** Runs `change` while holding the lock on a box's record. */
export async function withRecord<T>(home: Home, id: string, change: () => Promise<T>): Promise<T> {
  const release = await lockRecord(home, id);
  try {
    return await change();
  } finally {
    await release();
  }
}
