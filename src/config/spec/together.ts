import { BoxError } from "../../errors.js";
import { POOL_NUMBERS } from "../pool.js";
import type { BoxSpec } from "../spec.js";

const MEBIBYTE = 2 ** 20;

/**
 * Rejects values that contradict each other, whichever door they come from. The command line checks them earlier, to
 * name the flags.
 * @throws BoxError flag-conflict
 */
export function checkTogether({
  record,
  persistent,
  resources,
  resourceLimits,
  pool,
  sidecar,
}: BoxSpec): void {
  const { autoRemove, restart, cpus } = record;
  const { memoryReservation, cpuQuota } = resourceLimits;
  const refuse = (subject: string, reason: string) => new BoxError("flag-conflict", reason, { subject });
  if (autoRemove && restart.policy !== "no")
    throw refuse("record.restart", "conflicts with `record.autoRemove`, which removes the box when it exits");
  if (autoRemove && persistent)
    throw refuse("persistent", "conflicts with `record.autoRemove`, which removes the box when it exits");
  checkPool(pool);
  if (sidecar === null && record.sidecarProxy !== "none")
    throw refuse("record.sidecarProxy", "needs a `sidecar`, which is the proxy");
  if (sidecar !== null && pool.enabled)
    throw refuse("sidecar", "conflicts with `pool`, whose VMs have one image");
  if (cpus !== null && cpuQuota !== null)
    throw refuse("record.cpus", "conflicts with `resourceLimits.cpuQuota`: both limit the CPU time");
  if (cpus !== null && cpus > resources.vcpus)
    throw refuse("record.cpus", `${cpus} exceeds the CPUs of the VM (${resources.vcpus})`);
  if (memoryReservation !== null && memoryReservation > resources.memoryMb * MEBIBYTE)
    throw refuse("resourceLimits.memoryReservation", "exceeds the memory of the VM (`resources.memoryMb`)");
}

/** A number of a pool as a message shows it; it may not have been given. */
const shown = (value: number, usual: number) => (value === usual ? `${value}, the default` : `${value}`);

/** @throws BoxError flag-conflict */
function checkPool({ minIdle, maxSize, scaling }: BoxSpec["pool"]): void {
  const refuse = (subject: string, reason: string, hint: string) =>
    new BoxError("flag-conflict", reason, { subject, hint });
  const { maxMinIdle, scaleUpThreshold: up, scaleDownThreshold: down } = scaling;
  const most = `exceeds the largest number of idle VMs (${shown(maxSize, POOL_NUMBERS.maxSize)})`;
  if (minIdle > maxSize) throw refuse("pool.minIdle", `${minIdle} ${most}`, "raise `pool.maxSize`, too");
  if (maxMinIdle > maxSize)
    throw refuse("pool.scaling.maxMinIdle", `${maxMinIdle} ${most}`, "raise `pool.maxSize`, too");
  if (down <= up) return;
  const usual = POOL_NUMBERS.scaling;
  if (down === usual.scaleDownThreshold)
    throw refuse(
      "pool.scaling.scaleUpThreshold",
      `${up} is below the share below which one VM fewer is kept (${down}, the default)`,
      "lower `pool.scaling.scaleDownThreshold`, too",
    );
  throw refuse(
    "pool.scaling.scaleDownThreshold",
    `${down} exceeds the share above which one more VM is kept (${shown(up, usual.scaleUpThreshold)})`,
    "raise `pool.scaling.scaleUpThreshold`, too",
  );
}
