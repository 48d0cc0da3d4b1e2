import { fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";

/** Bytes that a monitor's log may come to, over all lives of its box, and what stays of one that has come to more. */
export const MOST_BYTES = 2 * 2 ** 20;
const KEPT_BYTES = 2 ** 20;
const NEWLINE = 10;

/**
 * Takes the oldest lines out of a monitor's log that has grown too long. In its place: the helper, the monitor and the
 * command that starts the box again all append to the file that was opened for them. A log that cannot be cut stays.
 * @param fd open for reading and appending; anything but a file is left alone
 */
export function truncateMonitorLog(fd: number): void {
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size <= MOST_BYTES) return;
    const kept = Buffer.alloc(KEPT_BYTES);
    const length = readSync(fd, kept, 0, KEPT_BYTES, stats.size - KEPT_BYTES);
    const start = kept.indexOf(NEWLINE) + 1;
    ftruncateSync(fd, 0);
    writeSync(fd, kept, start, length - start);
  } catch {
    // Neither a box nor a start depends on its log.
  }
}
