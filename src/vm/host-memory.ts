import { readFile, readdir } from "node:fs/promises";

/** Returns the children of a process. */
async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, "utf8").catch(() => "")),
  );
  return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
}

/**
 * Returns the memory of a process in KiB: its share of what several use, or, if this user may not know that of another
 * user's process, all that it has in memory.
 */
async function memoryKbOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  const share = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
  if (share !== undefined) return Number(share);
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}

/** Returns the memory that a VM takes on the host, in KiB. @param monitor the process of its monitor, whose descendants count */
export async function hostMemoryKb(monitor: number): Promise<number> {
  const children = await childrenOf(monitor);
  const sizes = await Promise.all([memoryKbOf(monitor), ...children.map(hostMemoryKb)]);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Returns the process of a box's monitor, of which that of its VMM is a child; undefined if it has ended. */
export async function monitorOf(vmm: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${vmm}/status`, "utf8").catch(() => "");
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
  return parent > 1 ? parent : undefined;
}
