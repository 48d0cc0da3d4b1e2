import { closeSync, fstatSync, ftruncateSync, openSync, renameSync, rmSync, writevSync } from "node:fs";
import { counted } from "../../config/syntax/counted.js";
import { errnoOf } from "../../errors.js";
import type { Rotation } from "../../config/syntax/log-opt.js";
import { rotatedLog } from "../box/log-files.js";
import { logHead } from "../box/log-format.js";
import type { Stream } from "./outbox.js";
import { createQueue, type ByteQueue } from "./queue.js";

export interface OutputLog {
  /**
   * Appends output. Writes go to the page cache, so this does not wait for a disk. Small chunks in quick succession are
   * held back briefly and combined into one entry.
   */
  append: (stream: Stream, data: Buffer) => void;
  close: () => void;
}

/** Keeps nothing, as `--log-driver none` asks for. */
export const NO_LOG: OutputLog = { append: () => undefined, close: () => undefined };

/** How long a small chunk may be held back, in milliseconds. */
const HOLD_MS = 20;
/** Chunks of at least this size are written immediately. */
const LARGE = 4096;
/** Held entries are written once they exceed one of these. */
const MOST_BYTES = 65_536;
const MOST_ENTRIES = 1024;

const NEWLINE = Buffer.from("\n");

/** An entry that is held back. */
interface Held {
  stream: Stream;
  time: Date;
  data: ByteQueue;
}

function toEntry(stream: Stream | "lost", data: Buffer[], time: Date): Buffer[] {
  const length = data.reduce((sum, piece) => sum + piece.length, 0);
  return [Buffer.from(logHead(stream, length, time)), ...data, NEWLINE];
}

function describeLoss(bytes: number, error: unknown): Buffer {
  const errno = errnoOf(error) ?? "";
  const why = ["ENOSPC", "EDQUOT"].includes(errno)
    ? "the disk was full"
    : `writing the log failed with ${errno}`;
  return Buffer.from(`box: ${counted(bytes, "byte of output was", "bytes of output were")} lost: ${why}\n`);
}

/** Renames the log to number 1; existing rotated logs move up by one, and the oldest is dropped. */
function rotate(path: string, maxFiles: number): void {
  for (let number = maxFiles - 1; number > 0; number--) {
    try {
      renameSync(number === 1 ? path : rotatedLog(path, number - 1), rotatedLog(path, number));
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  }
  // Removed rather than truncated, so that readers can continue to its end.
  rmSync(path, { force: true });
}

/**
 * Opens the log of a workload's output. If output cannot be written, the box keeps running; the number of lost bytes is
 * recorded in the log as soon as writing works again. `onLoss` is called for the first failure.
 */
export function openOutputLog(
  path: string,
  { maxBytes, maxFiles }: Rotation,
  onLoss: (error: unknown) => void,
): OutputLog {
  let file: number | undefined;
  let size = 0;
  let lost: { bytes: number; error: unknown } | undefined;

  function open(): number {
    const opened = openSync(path, "a", 0o600);
    size = fstatSync(opened).size;
    return opened;
  }

  /** Writes everything or nothing: after a partial entry, a reader would take the next one for its remainder. */
  function write(pieces: Buffer[]): void {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (file !== undefined && size > 0 && size + length > maxBytes) {
      closeSync(file);
      file = undefined;
      rotate(path, maxFiles);
    }
    file ??= open();
    const written = writevSync(file, pieces);
    size += written;
    if (written === length) return;
    ftruncateSync(file, fstatSync(file).size - written);
    size -= written;
    throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  }

  try {
    file = open();
  } catch {
    // The next write tries again.
  }

  const note = () => (lost ? toEntry("lost", [describeLoss(lost.bytes, lost.error)], new Date()) : []);

  let held: Held[] = [];
  let heldBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let writtenAt = -Infinity;
  /** Entries are never split, so none may take up a large part of a file before rotation. */
  const mostInEntry = Math.min(MOST_BYTES, maxBytes / 8);

  /** Writes entries with `bytes` of output to the same file. */
  function writeEntries(entries: Buffer[], bytes: number): void {
    try {
      write([...note(), ...entries]);
      lost = undefined;
    } catch (error) {
      if (!lost) onLoss(error);
      lost = { bytes: (lost?.bytes ?? 0) + bytes, error };
    }
  }

  /** Writes the held entries, with as few calls as the size limit of the file allows. */
  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    let batch: Buffer[] = [];
    let [batchBytes, outputBytes] = [0, 0];
    const writeBatch = () => {
      if (batch.length > 0) writeEntries([Buffer.concat(batch)], outputBytes);
      batch = [];
      [batchBytes, outputBytes] = [0, 0];
    };
    for (const { stream, time, data } of held) {
      const bytes = data.bytes();
      const entry = toEntry(stream, data.take(), time);
      const length = entry.reduce((sum, piece) => sum + piece.length, 0);
      if (size + batchBytes + length > maxBytes) writeBatch();
      batch.push(...entry);
      batchBytes += length;
      outputBytes += bytes;
    }
    writeBatch();
    held = [];
    heldBytes = 0;
    writtenAt = performance.now();
  }

  function hold(stream: Stream, data: Buffer): void {
    let last = held.at(-1);
    if (last?.stream !== stream || last.data.bytes() + data.length > mostInEntry) {
      last = { stream, time: new Date(), data: createQueue() };
      held.push(last);
    }
    last.data.add(data);
    heldBytes += data.length;
    if (heldBytes > MOST_BYTES || held.length > MOST_ENTRIES) flush();
    else timer ??= setTimeout(flush, HOLD_MS);
  }

  return {
    append: (stream, data) => {
      const isQuiet = held.length === 0 && performance.now() - writtenAt > HOLD_MS;
      if (data.length < LARGE && !isQuiet) return hold(stream, data);
      flush();
      writeEntries(toEntry(stream, [data], new Date()), data.length);
    },
    close: () => {
      flush();
      try {
        if (lost) write(note());
      } catch {
        // The monitor's own log has the failure, if it could be written.
      }
      if (file !== undefined) closeSync(file);
    },
  };
}
