import type { BoxUsage, Usage } from "../../engine/boxes.js";
import { formatMemory, formatSize } from "../units.js";

const percent = (part: number, whole: number) => `${(whole > 0 ? (part / whole) * 100 : 0).toFixed(2)}%`;

/** CPU usage between two samples, in percent of one CPU. */
function cpuShare(before: Usage | undefined, now: Usage): string {
  if (!before || now.uptimeMs <= before.uptimeMs) return percent(0, 1);
  const seconds = (now.uptimeMs - before.uptimeMs) / 1000;
  return percent(Math.max(0, now.cpuTicks - before.cpuTicks) / now.ticksPerSecond, seconds);
}

/** Fields of Docker's `stats --format`, and HostMem, which Docker lacks: the memory that the host spends on the box. */
export const USAGE_FIELDS = [
  "Container",
  "ID",
  "Name",
  "CPUPerc",
  "MemUsage",
  "MemPerc",
  "NetIO",
  "BlockIO",
  "PIDs",
  "HostMem",
];

/** The row for a box. @param given how the command names the box, if it does */
export function describeUsage(
  { box: { record }, before, now, hostMemoryKb }: BoxUsage,
  { trunc, given }: { trunc: boolean; given?: string | undefined },
): Record<string, string> {
  const id = trunc ? record.id.slice(0, 12) : record.id;
  const known = { Container: given ?? id, ID: id, Name: record.name };
  if (!now) {
    // As in Docker, a box that is not running uses nothing.
    const pair = "0B / 0B";
    return {
      ...known,
      CPUPerc: "0.00%",
      MemPerc: "0.00%",
      PIDs: "0",
      MemUsage: pair,
      NetIO: pair,
      BlockIO: pair,
      HostMem: "0B",
    };
  }
  const used = Math.max(0, now.memoryKb - now.availableKb);
  return {
    ...known,
    CPUPerc: cpuShare(before, now),
    MemUsage: `${formatMemory(used * 1024)} / ${formatMemory(now.memoryKb * 1024)}`,
    MemPerc: percent(used, now.memoryKb),
    NetIO: `${formatSize(now.receivedBytes)} / ${formatSize(now.sentBytes)}`,
    BlockIO: `${formatSize(now.readBytes)} / ${formatSize(now.writtenBytes)}`,
    PIDs: String(now.pids),
    HostMem: formatMemory((hostMemoryKb ?? 0) * 1024),
  };
}
