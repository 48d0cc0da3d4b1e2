import { readFileSync } from "node:fs";

/** Data that a monitor may have beside what Node reserves for itself: twice what it needs at most. In bytes. */
const ROOM = 448 * 2 ** 20;

/**
 * The limit on a monitor's data (RLIMIT_DATA), in bytes. What Node reserves at its start is some 40 MiB up to Node 22 and
 * half a GiB from Node 24 on; this process, which is of the same Node, tells.
 */
export function monitorDataLimit(): number {
  const status = readFileSync("/proc/self/status", "latin1");
  const dataKb = Number(/^VmData:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0);
  const { heapTotal, external } = process.memoryUsage();
  return ROOM + Math.max(0, dataKb * 1024 - heapTotal - external);
}
