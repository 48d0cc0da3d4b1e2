import { join } from "node:path";
import { lock } from "../../host/lock.js";
import type { Home } from "../../host/home.js";

/** A command reads and writes a record in much less time, unless it has been stopped (Ctrl-Z). */
const STALE_MS = 30_000;

/**
 * Keeps other commands from writing a box's record until it is given back: whoever changes it reads it under this lock.
 * @returns gives it back; twice does no harm
 */
export async function lockRecord(home: Home, id: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  const { release } = await lock(join(home.folder, "locks", `box-${id}`), STALE_MS, signal);
  return release;
}

/** Does something while no other command writes a box's record. */
export async function withRecord<T>(home: Home, id: string, change: () => Promise<T>): Promise<T> {
  const release = await lockRecord(home, id);
  try {
    return await change();
  } finally {
    await release();
  }
}
