import type { BoxSpec } from "../../../config/spec.js";
import { CAPABILITIES, type Capability } from "../../../config/syntax/capability.js";

/** Docker's default set. */
export const DEFAULT_CAPABILITIES: readonly Capability[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
];

/**
 * Returns the capabilities of a box's programs, by Docker's rules. `--privileged`: all. `--cap-add ALL`: all except those
 * dropped. `--cap-drop ALL`: only those added. Otherwise drops are applied before adds.
 */
export function resolveCapabilities({
  capAdd,
  capDrop,
  privileged,
}: Pick<BoxSpec, "capAdd" | "capDrop" | "privileged">): Capability[] {
  const added = new Set(capAdd);
  const dropped = new Set(capDrop);
  return CAPABILITIES.filter((name) => {
    if (privileged) return true;
    if (added.has("ALL")) return !dropped.has(name);
    if (dropped.has("ALL")) return added.has(name);
    return added.has(name) || (DEFAULT_CAPABILITIES.includes(name) && !dropped.has(name));
  });
}

/** Returns the capabilities as a bit mask, with the kernel's numbers. */
export function capabilityMask(capabilities: readonly Capability[]): number {
  return capabilities.reduce((mask, name) => mask + 2 ** CAPABILITIES.indexOf(name), 0);
}
