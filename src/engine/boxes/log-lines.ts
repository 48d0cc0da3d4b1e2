import type { LogEntry } from "../../vm/box/log-format.js";

const NEWLINE = 10;

/** Counts the lines in log entries, including an incomplete last line of each stream. */
export function countLines(): { add: (entry: LogEntry) => void; total: () => number } {
  let ended = 0;
  const open = { stdout: 0, stderr: 0 };
  return {
    add: ({ stream, data }) => {
      for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, at + 1)) ended++;
      if (data.length > 0) open[stream] = data.at(-1) === NEWLINE ? 0 : 1;
    },
    total: () => ended + open.stdout + open.stderr,
  };
}

/** Skips the first `count` lines of a log. @returns a function that returns the rest of an entry */
export function skipLines(count: number): (entry: LogEntry) => Buffer {
  let left = count;
  return ({ data }) => {
    let from = 0;
    while (left > 0 && from < data.length) {
      const at = data.indexOf(NEWLINE, from);
      if (at < 0) return Buffer.alloc(0);
      from = at + 1;
      left--;
    }
    return data.subarray(from);
  };
}
