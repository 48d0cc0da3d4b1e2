import type { LogEntry } from "../../engine/boxes.js";
import { nineDigits } from "../times.js";

const NEWLINE = 10;

/** Parses `--tail` as Docker does: everything but a number from 0 means all lines. */
export function parseTail(text: string): number {
  return /^\+?\d{1,15}$/.test(text) ? Number(text) : Infinity;
}

/**
 * Returns a function that prefixes each line.
 * @param time with the time of the entry in which it begins
 * @param details with the attributes of the log: a box has none, and only the space after them is left
 */
export function stampLines({ time = true, details = false } = {}): (entry: LogEntry) => Buffer {
  const begun = { stdout: false, stderr: false };
  return (entry) => {
    const { stream, data } = entry;
    const pieces: Buffer[] = [];
    const stamp = Buffer.from(`${time ? `${nineDigits(entry.time)} ` : ""}${details ? " " : ""}`);
    for (let from = 0; from < data.length;) {
      const at = data.indexOf(NEWLINE, from);
      const end = at < 0 ? data.length : at + 1;
      if (!begun[stream]) pieces.push(stamp);
      pieces.push(data.subarray(from, end));
      begun[stream] = at < 0;
      from = end;
    }
    return Buffer.concat(pieces);
  };
}
