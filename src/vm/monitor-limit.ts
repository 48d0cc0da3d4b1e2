import { readFileSync } from "node:fs";

/** Data that a monitor may use beyond what Node reserves for itself: twice the maximum that it needs. In bytes. */
const ROOM = 448 * 2 ** 20;

/**
 * Returns the limit on a monitor's data (RLIMIT_DATA), in bytes. At startup, Node reserves some 40 MiB up to Node 22 and
 * 512 MiB from Node 24 on; this is measured in this process, which runs the same Node.
 */
export function monitorDataLimit(): number {
  const status = readFileSync("/proc/self/status", "latin1");
  const dataKb = Number(/^VmData:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0);
  const { heapTotal, external } = process.memoryUsage();
  return ROOM + Math.max(0, dataKb * 1024 - heapTotal - external);
}
