import { BoxError } from "../../errors.js";
import type { BoxSpec } from "../spec.js";

const MEBIBYTE = 2 ** 20;

/**
 * Refuses values that contradict each other, whoever asks for them. The command line, which knows the flags, has refused
 * them before.
 * @throws BoxError flag-conflict
 */
export function checkTogether({ record, persistent, resources, resourceLimits }: BoxSpec): void {
  const { autoRemove, restart } = record;
  const { memoryReservation } = resourceLimits;
  const refuse = (subject: string, reason: string) => new BoxError("flag-conflict", reason, { subject });
  if (autoRemove && restart.policy !== "no")
    throw refuse(
      "record.restart",
      "a box that is removed when it ends (record.autoRemove) cannot start again",
    );
  if (autoRemove && persistent)
    throw refuse("persistent", "a box that is removed when it ends (record.autoRemove) keeps nothing");
  if (memoryReservation !== null && memoryReservation > resources.memoryMb * MEBIBYTE)
    throw refuse("resourceLimits.memoryReservation", "more is reserved than the VM has (resources.memoryMb)");
}
