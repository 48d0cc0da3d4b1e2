import { open, type FileHandle } from "node:fs/promises";
import { parseLog, type LogEntry } from "./log-format.js";
import { undefinedIfMissing } from "../../host/read.js";

const CHUNK = 1 << 18;

/** Consumes an entry. A returned promise pauses the reader until it resolves. */
export type OnEntry = (entry: LogEntry) => Promise<unknown> | undefined;

/** Path of a rotated log file; 1 is the newest. */
export function rotatedLog(path: string, number: number): string {
  return `${path}.${number}`;
}

/** An open log file, identified by its inode, since rotation renames it. */
export interface LogFile {
  inode: number;
  handle: FileHandle;
}

async function openFile(path: string): Promise<LogFile | undefined> {
  const handle = await undefinedIfMissing(open(path, "r"), path);
  return handle && { handle, inode: (await handle.stat()).ino };
}

/**
 * Opens the files of a log, oldest first. If the log is rotated meanwhile, a file's number only grows, as does the
 * number looked for, so no file is missed, and one that is seen twice is opened once.
 * @param after return only files newer than the one with this inode, or all files if it is gone
 */
export async function openLogFiles(
  path: string,
  after?: number,
): Promise<{ files: LogFile[]; gap: boolean }> {
  const files: LogFile[] = [];
  // During a rotation one number may be missing; after two missing numbers there are no more files.
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
 * Returns a function that reads a log file from where its last call stopped to the end.
 */
export function openTail({ handle }: LogFile): (onEntry: OnEntry) => Promise<void> {
  let position = 0;
  let pending: Buffer = Buffer.alloc(0);
  return async (onEntry) => {
    // The file was truncated by hand.
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
