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

async function treeKb(pid: number): Promise<number> {
  const children = await childrenOf(pid);
  const sizes = await Promise.all([memoryKbOf(pid), ...children.map(treeKb)]);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Returns the average memory of VMs in MiB, with all their processes; undefined without VMs.
 * @param monitors the processes of their monitors
 */
export async function idleMemoryMb(monitors: readonly number[]): Promise<number | undefined> {
  if (monitors.length === 0) return undefined;
  const sizes = await Promise.all(monitors.map(treeKb));
  return sizes.reduce((sum, size) => sum + size, 0) / 1024 / sizes.length;
}
