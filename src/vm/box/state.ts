import { rmSync, writeFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { writeFileAtomic } from "../../host/files.js";
import { boxFiles } from "./files.js";
import type { BoxState } from "./record.js";

/** Writes the state of a box. Separate from the schema, so that the monitor need not load zod. */
export async function writeState(folder: string, state: BoxState): Promise<void> {
  await writeFileAtomic(boxFiles(folder).state, JSON.stringify(state));
}

/** Bytes reserved for a box's final state: more than any state needs once shortened by `shorten`. */
const RESERVED = 16_384;
/** Maximum length of the error message. Each character may take six bytes in JSON. */
const MOST_CHARACTERS = 2000;

function shorten(state: BoxState): BoxState {
  return {
    ...state,
    ...(state.error === undefined ? {} : { error: state.error.slice(0, MOST_CHARACTERS) }),
    ...(state.health === undefined ? {} : { health: { ...state.health, log: [] } }),
  };
}

/**
 * Reserves disk space and an inode for a box's final state, since the disk may be full when the box exits. Does not wait
 * for the disk: the data goes to the page cache.
 */
export function reserveState(folder: string): void {
  const { stateReserve } = boxFiles(folder);
  try {
    writeFileSync(stateReserve, Buffer.alloc(RESERVED, " "), { mode: 0o600 });
  } catch (error) {
    rmSync(stateReserve, { force: true });
    throw error;
  }
}

/**
 * Writes the final state of a box. If the disk is full, uses the reserved file: overwrites it, padded with spaces, which
 * JSON permits at the end, and renames it. None of this needs a new block or inode.
 */
export async function writeLastState(folder: string, state: BoxState): Promise<void> {
  const { stateReserve } = boxFiles(folder);
  try {
    await writeState(folder, state);
  } catch (error) {
    const short = Buffer.from(JSON.stringify(shorten(state)));
    const file = await open(stateReserve, "r+").catch(() => undefined);
    if (!file) throw error;
    try {
      await file.write(Buffer.concat([short, Buffer.alloc(Math.max(0, RESERVED - short.length), " ")]), 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(stateReserve, boxFiles(folder).state);
    return;
  }
  await rm(stateReserve, { force: true });
}
