import { lock } from "../../host/lock.js";

/** A command reads and writes a record in much less time, unless it has been stopped (Ctrl-Z). */
const STALE_MS = 30_000;

/**
 * Keeps other commands from writing a box's record until it is given back: whoever changes it reads it under this lock.
 * @returns gives it back; twice does no harm
 */
export async function lockRecord(id: string): Promise<() => Promise<void>> {
  const { release } = await lock(`box-${id}`, STALE_MS);
  return release;
}

/** Does something while no other command writes a box's record. */
export async function withRecord<T>(id: string, change: () => Promise<T>): Promise<T> {
  const release = await lockRecord(id);
  try {
    return await change();
  } finally {
    await release();
  }
}
