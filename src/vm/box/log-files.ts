import { open, type FileHandle } from "node:fs/promises";
import { parseLog, type LogEntry } from "./log-format.js";
import { undefinedIfMissing } from "../../host/read.js";

const CHUNK = 1 << 18;

/** What takes an entry; a promise asks for a pause. */
export type OnEntry = (entry: LogEntry) => Promise<unknown> | undefined;

/** The name of a log that was put aside: 1 is the newest. */
export function rotatedLog(path: string, number: number): string {
  return `${path}.${number}`;
}

/** A file of a log: of its own number, whatever it is called by now. */
export interface LogFile {
  inode: number;
  handle: FileHandle;
}

async function openFile(path: string): Promise<LogFile | undefined> {
  const handle = await undefinedIfMissing(open(path, "r"), path);
  return handle && { handle, inode: (await handle.stat()).ino };
}

/**
 * Opens the files of a log, the oldest first. A file may be put aside meanwhile: its number only grows, and so does the
 * number that is looked for, so none is missed, and one that is met twice is opened once.
 * @param after only those that are newer than this one; when it is there no more, all of them
 */
export async function openLogFiles(
  path: string,
  after?: number,
): Promise<{ files: LogFile[]; gap: boolean }> {
  const files: LogFile[] = [];
  // In the middle of a rotation one number is not there; behind two, nothing is.
  for (let number = 0, missing = 0; missing < 2; number++) {
    const file = await openFile(number === 0 ? path : rotatedLog(path, number));
    missing = file ? 0 : missing + 1;
    if (!file) continue;
    const known = file.inode === after || files.some(({ inode }) => inode === file.inode);
    if (!known) files.unshift(file);
    else await file.handle.close();
    if (file.inode === after) return { files, gap: false };
  }
  return { files, gap: after !== undefined };
}

/**
 * Reads a file of a log on, from where the last call ended, to its end.
 * @returns a function that does
 */
export function openTail({ handle }: LogFile): (onEntry: OnEntry) => Promise<void> {
  let position = 0;
  let pending: Buffer = Buffer.alloc(0);
  return async (onEntry) => {
    // Somebody has emptied it by hand.
    if ((await handle.stat()).size < position) {
      position = 0;
      pending = Buffer.alloc(0);
    }
    for (;;) {
      const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(CHUNK), position });
      position += bytesRead;
      const data = Buffer.concat([pending, buffer.subarray(0, bytesRead)]);
      const { entries, rest } = parseLog(data, bytesRead === 0);
      pending = rest;
      for (const entry of entries) {
        const pause = onEntry(entry);
        if (pause) await pause;
      }
      if (bytesRead === 0) return;
    }
  };
}
