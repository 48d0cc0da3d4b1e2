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
  checkPool(pool, refuse);
  if (cpus !== null && cpuQuota !== null)
    throw refuse("record.cpus", "conflicts with resourceLimits.cpuQuota: both limit the CPU time");
  if (cpus !== null && cpus > resources.vcpus)
    throw refuse("record.cpus", "exceeds the CPUs of the VM (resources.vcpus)");
  if (memoryReservation !== null && memoryReservation > resources.memoryMb * MEBIBYTE)
    throw refuse("resourceLimits.memoryReservation", "exceeds the memory of the VM (resources.memoryMb)");
}

function checkPool(
  { minIdle, maxSize, scaling }: BoxSpec["pool"],
  refuse: (subject: string, reason: string) => BoxError,
): void {
  const { maxMinIdle, scaleUpThreshold, scaleDownThreshold } = scaling;
  const most = `exceeds the largest number of idle VMs (${maxSize})`;
  if (minIdle > maxSize) throw refuse("pool.minIdle", most);
  if (maxMinIdle > maxSize) throw refuse("pool.scaling.maxMinIdle", most);
  if (scaleDownThreshold > scaleUpThreshold)
    throw refuse(
      "pool.scaling.scaleDownThreshold",
      `exceeds the share above which one more VM is kept (${scaleUpThreshold})`,
    );
}
