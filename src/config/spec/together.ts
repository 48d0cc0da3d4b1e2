import { BoxError } from "../../errors.js";
import type { BoxSpec } from "../spec.js";

const MEBIBYTE = 2 ** 20;

/**
 * Rejects values that contradict each other, whichever door they come from. The command line checks them earlier, to
 * name the flags.
 * @throws BoxError flag-conflict
 */
export function checkTogether({ record, persistent, resources, resourceLimits, pool }: BoxSpec): void {
  const { autoRemove, restart, cpus } = record;
  const { memoryReservation, cpuQuota } = resourceLimits;
  const refuse = (subject: string, reason: string) => new BoxError("flag-conflict", reason, { subject });
  if (autoRemove && restart.policy !== "no")
    throw refuse("record.restart", "conflicts with record.autoRemove, which removes the box when it exits");
  if (autoRemove && persistent)
    throw refuse("persistent", "conflicts with record.autoRemove, which removes the box when it exits");
  if (pool.minIdle > pool.maxSize) throw refuse("pool.minIdle", "exceeds pool.maxSize");
  if (cpus !== null && cpuQuota !== null)
    throw refuse("record.cpus", "conflicts with resourceLimits.cpuQuota: both limit the CPU time");
  if (cpus !== null && cpus > resources.vcpus)
    throw refuse("record.cpus", "exceeds the CPUs of the VM (resources.vcpus)");
  if (memoryReservation !== null && memoryReservation > resources.memoryMb * MEBIBYTE)
    throw refuse("resourceLimits.memoryReservation", "exceeds the memory of the VM (resources.memoryMb)");
}
