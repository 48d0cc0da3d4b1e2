import { closeSync, openSync, writevSync } from "node:fs";
import { logHead } from "../box/log-format.js";

export interface OutputLog {
  /** Writes a piece before it is forwarded to anybody; the page cache takes it, so this does not wait for a disk. */
  append: (stream: "stdout" | "stderr", data: Buffer) => void;
  close: () => void;
}

const NEWLINE = Buffer.from("\n");

/**
 * Opens the log of a workload's output. A full disk loses entries, never the box: `onLoss` hears of the first one.
 */
export function openOutputLog(path: string, onLoss: (error: unknown) => void): OutputLog {
  const file = openSync(path, "a", 0o600);
  let lost = false;
  return {
    append: (stream, data) => {
      try {
        writevSync(file, [Buffer.from(logHead(stream, data.length, new Date())), data, NEWLINE]);
      } catch (error) {
        if (!lost) onLoss(error);
        lost = true;
      }
    },
    close: () => closeSync(file),
  };
}
