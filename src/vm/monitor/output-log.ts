import { closeSync, fstatSync, ftruncateSync, openSync, renameSync, rmSync, writevSync } from "node:fs";
import { errnoOf } from "../../config/errors.js";
import type { Rotation } from "../../config/syntax/log-opt.js";
import { rotatedLog } from "../box/log-files.js";
import { logHead, type LogEntry } from "../box/log-format.js";

export interface OutputLog {
  /** Writes a piece before it is forwarded to anybody; the page cache takes it, so this does not wait for a disk. */
  append: (stream: LogEntry["stream"], data: Buffer) => void;
  close: () => void;
}

const NEWLINE = Buffer.from("\n");

function toEntry(stream: LogEntry["stream"] | "lost", data: Buffer): Buffer[] {
  return [Buffer.from(logHead(stream, data.length, new Date())), data, NEWLINE];
}

function describeLoss(bytes: number, error: unknown): Buffer {
  const errno = errnoOf(error) ?? "";
  const why = ["ENOSPC", "EDQUOT"].includes(errno)
    ? "the disk was full"
    : `${errno} when the log was written`;
  return Buffer.from(`box: ${bytes} bytes of output were lost: ${why}\n`);
}

/** Puts the log aside under the number 1; those that are there already go up by one, and the oldest goes. */
function rotate(path: string, maxFiles: number): void {
  for (let number = maxFiles - 1; number > 0; number--) {
    try {
      renameSync(number === 1 ? path : rotatedLog(path, number - 1), rotatedLog(path, number));
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  }
  // Not emptied: who reads it goes on to its end.
  rmSync(path, { force: true });
}

/**
 * Opens the log of a workload's output. What cannot be written is counted, and told in the log as soon as that has room
 * again; the box goes on. `onLoss` hears of the first failure.
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

  /** All of it or nothing: half an entry would take the next one for its end. */
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
    // Tried again by whatever is written.
  }

  const note = () => (lost ? toEntry("lost", describeLoss(lost.bytes, lost.error)) : []);

  return {
    append: (stream, data) => {
      try {
        write([...note(), ...toEntry(stream, data)]);
        lost = undefined;
      } catch (error) {
        if (!lost) onLoss(error);
        lost = { bytes: (lost?.bytes ?? 0) + data.length, error };
      }
    },
    close: () => {
      try {
        if (lost) write(note());
      } catch {
        // The monitor's own log has it, if that has room.
      }
      if (file !== undefined) closeSync(file);
    },
  };
}
