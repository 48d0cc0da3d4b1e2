import { closeSync, fstatSync, lstatSync, readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { heldPath, holdFolder, holdFolderAt, pathIn } from "../../host/held.js";

/** So many files are looked at between two looks at the clock. */
const FILES_AT_ONCE = 64;
/** Others have their turn after so long, in milliseconds. */
const TURN_MS = 10;

/** Guests write to volumes meanwhile: a link in a folder's place leads nowhere else. Yields now and then. */
function* measureHeld(folder: number): Generator<undefined, number> {
  let bytes = 0;
  for (const [i, name] of readdirSync(heldPath(folder), { encoding: "latin1" }).entries()) {
    if (i % FILES_AT_ONCE === 0) yield;
    try {
      const stats = lstatSync(pathIn(folder, name));
      bytes += stats.blocks * 512;
      if (stats.isDirectory()) bytes += yield* measureBelow(folder, name);
    } catch {
      // It is gone, or not for this user.
    }
  }
  return bytes;
}

function* measureBelow(parent: number, name: string): Generator<undefined, number> {
  const folder = holdFolder(parent, name);
  try {
    return yield* measureHeld(folder);
  } finally {
    closeSync(folder);
  }
}

function* measureAt(path: string): Generator<undefined, number> {
  try {
    const folder = holdFolderAt(path);
    try {
      return fstatSync(folder).blocks * 512 + (yield* measureHeld(folder));
    } finally {
      closeSync(folder);
    }
  } catch {
    return 0;
  }
}

/**
 * Bytes on the disk of a folder and all that is in it; what cannot be read counts nothing.
 * @throws the signal's reason
 */
export async function measureFolder(path: string, signal?: AbortSignal): Promise<number> {
  const measuring = measureAt(path);
  try {
    for (let since = performance.now(); ;) {
      const step = measuring.next();
      if (step.done === true) return step.value;
      if (performance.now() - since < TURN_MS) continue;
      await setImmediate();
      signal?.throwIfAborted();
      since = performance.now();
    }
  } finally {
    measuring.return(0);
  }
}
