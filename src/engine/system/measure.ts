import { closeSync, lstatSync, readdirSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { heldPath, holdFolder, holdFolderAt, pathIn } from "../../host/held.js";

/** Number of files to measure between two checks of the clock. */
const FILES_PER_STEP = 64;
/** How long to block the event loop at a time, in milliseconds. */
const BLOCK_MS = 10;

/** Works on open descriptors, because guests write to volumes meanwhile and may replace a directory with a link. */
function* measureHeld(folder: number, counted: Set<string>): Generator<undefined, number> {
  let bytes = 0;
  for (const [i, name] of readdirSync(heldPath(folder), { encoding: "latin1" }).entries()) {
    if (i % FILES_PER_STEP === 0) yield;
    try {
      const stats = lstatSync(pathIn(folder, name));
      if (stats.isDirectory()) bytes += yield* measureBelow(folder, name, counted);
      else if (stats.nlink === 1 || isFirst(counted, `${stats.dev}:${stats.ino}`))
        bytes += stats.blocks * 512;
    } catch {
      // The file has been removed, or this user may not read it.
    }
  }
  return bytes;
}

function isFirst(counted: Set<string>, file: string): boolean {
  return counted.size < counted.add(file).size;
}

function* measureBelow(parent: number, name: string, counted: Set<string>): Generator<undefined, number> {
  const folder = holdFolder(parent, name);
  try {
    return yield* measureHeld(folder, counted);
  } finally {
    closeSync(folder);
  }
}

function* measureAt(path: string): Generator<undefined, number> {
  try {
    const folder = holdFolderAt(path);
    try {
      return yield* measureHeld(folder, new Set());
    } finally {
      closeSync(folder);
    }
  } catch {
    return 0;
  }
}

/**
 * Measures the disk usage of the files below a directory in bytes. As in Docker, directories themselves are not counted,
 * and a file with several names is counted once. Unreadable files are not counted.
 * @throws the signal's reason
 */
export async function measureFolder(path: string, signal?: AbortSignal): Promise<number> {
  const measuring = measureAt(path);
  try {
    for (let since = performance.now(); ;) {
      const step = measuring.next();
      if (step.done === true) return step.value;
      if (performance.now() - since < BLOCK_MS) continue;
      await setImmediate();
      signal?.throwIfAborted();
      since = performance.now();
    }
  } finally {
    measuring.return(0);
  }
}

/** Measures several directories, together. @throws the signal's reason */
export async function measureFolders(paths: readonly string[], signal?: AbortSignal): Promise<number> {
  const sizes = await Promise.all(paths.map((path) => measureFolder(path, signal)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
