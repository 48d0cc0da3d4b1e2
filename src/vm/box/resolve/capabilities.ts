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
 * The capabilities of a box's programs, by Docker's rules: `--privileged` is all of them; `--cap-add ALL` all but those
 * dropped; `--cap-drop ALL` those added; otherwise drops come before adds.
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

/** A bit for each capability, as the kernel numbers them. */
export function capabilityMask(capabilities: readonly Capability[]): number {
  return capabilities.reduce((mask, name) => mask + 2 ** CAPABILITIES.indexOf(name), 0);
}
