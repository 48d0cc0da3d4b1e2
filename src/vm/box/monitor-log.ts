import { fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";

/** Maximum size of a monitor's log over all runs of its box, and the size to which a larger one is cut, in bytes. */
export const MOST_BYTES = 2 * 2 ** 20;
const KEPT_BYTES = 2 ** 20;
const NEWLINE = 10;

/**
 * Removes the oldest lines of a monitor's log that has grown too large. Does so in place, because the helper, the monitor
 * and the next command to start the box append to the same open file. Errors are ignored.
 * @param fd open for reading and appending; ignored if it is not a regular file
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
    // Running and starting a box must not depend on its log.
  }
}
