import type { BoxConfig } from "../../config/box-config.js";
import { BoxError } from "../../errors.js";

/** A value for a file of a control group (Linux, Control Group v2), and the field that requested it. */
export interface Setting {
  field: string;
  controller: "cpu" | "memory";
  file: string;
  value: string;
}

type Limits = Pick<
  BoxConfig["resourceLimits"],
  "cpuShares" | "cpuQuota" | "cpuPeriod" | "memoryReservation" | "memorySwap"
>;

const MEBIBYTE = 2 ** 20;
/** The kernel's minimum quota, in microseconds. */
const MIN_QUOTA = 1000;

/** Shares of cgroup v1, 2 to 262144, as a weight of v2, 1 to 10000, converted the way OCI runtimes do. */
export function toWeight(shares: number): number {
  return Math.floor(1 + ((shares - 2) * 9999) / 262_142);
}

/** Docker counts memory and swap together; the kernel counts swap alone. */
function swapMax(memorySwap: number, memoryMb: number): string {
  if (memorySwap === -1) return "max";
  const bytes = memorySwap - memoryMb * MEBIBYTE;
  if (bytes >= 0) return String(bytes);
  throw new BoxError("invalid-limit", `${memorySwap} bytes is less than the memory limit`, {
    subject: "resourceLimits.memorySwap",
    hint: `the value is memory plus swap: use at least ${memoryMb}m`,
  });
}

function cpuMax(quota: number, period: number): string {
  if (quota === -1) return `max ${period}`;
  if (quota >= MIN_QUOTA) return `${quota} ${period}`;
  throw new BoxError("invalid-limit", `${quota} is less than the minimum of ${MIN_QUOTA} microseconds`, {
    subject: "resourceLimits.cpuQuota",
  });
}

/**
 * Returns the control group settings for the given limits; 0 means no limit, as with Docker.
 * @throws BoxError invalid-limit
 */
export function groupSettings(limits: Limits, memoryMb: number): Setting[] {
  const { cpuShares, cpuQuota, cpuPeriod, memoryReservation, memorySwap } = limits;
  const settings: Setting[] = [];
  const set = (field: string, controller: Setting["controller"], file: string, value: string) =>
    settings.push({ field: `resourceLimits.${field}`, controller, file, value });
  if (cpuShares) set("cpuShares", "cpu", "cpu.weight", String(toWeight(cpuShares)));
  if (cpuQuota) set("cpuQuota", "cpu", "cpu.max", cpuMax(cpuQuota, cpuPeriod));
  if (memoryReservation) set("memoryReservation", "memory", "memory.low", String(memoryReservation));
  if (memorySwap) set("memorySwap", "memory", "memory.swap.max", swapMax(memorySwap, memoryMb));
  return settings;
}
