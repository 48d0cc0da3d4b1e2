import { rmSync, writeFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { writeFileAtomic } from "../../host/files.js";
import { boxFiles } from "./files.js";
import type { BoxState } from "./record.js";

/** Records what became of a box. Apart from the schema, so that the monitor need not load it. */
export async function writeState(folder: string, state: BoxState): Promise<void> {
  await writeFileAtomic(boxFiles(folder).state, JSON.stringify(state));
}

/** Bytes kept for a box's last state, more than any has without what `shorten` leaves out. */
const RESERVED = 16_384;
/** Of a message, each letter of which may become six in JSON. */
const MOST_LETTERS = 2000;

function shorten(state: BoxState): BoxState {
  return {
    ...state,
    ...(state.error === undefined ? {} : { error: state.error.slice(0, MOST_LETTERS) }),
    ...(state.health === undefined ? {} : { health: { ...state.health, log: [] } }),
  };
}

/**
 * Keeps room for a box's last state, and a file for it: the disk may be full when the box ends. The page cache takes it, so
 * this does not wait for a disk.
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
 * Records how a box has ended. Where the disk has no room, what was reserved becomes the state: it is written over, filled
 * up with spaces, which JSON may end with, and renamed, none of which takes a block or an inode.
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
