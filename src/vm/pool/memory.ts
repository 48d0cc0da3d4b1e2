import { hostMemoryKb } from "../host-memory.js";

/**
 * Returns the average memory of VMs in MiB, with all their processes; undefined without VMs.
 * @param monitors the processes of their monitors
 */
export async function idleMemoryMb(monitors: readonly number[]): Promise<number | undefined> {
  if (monitors.length === 0) return undefined;
  const sizes = await Promise.all(monitors.map(hostMemoryKb));
  return sizes.reduce((sum, size) => sum + size, 0) / 1024 / sizes.length;
}
