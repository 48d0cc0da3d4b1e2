import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

/** Capabilities of Linux 6.12, in the kernel's order: the index is the number (linux/capability.h). */
export const CAPABILITIES = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
] as const;

export type Capability = (typeof CAPABILITIES)[number];

/**
 * Parses the name of a capability in any case, with or without CAP_, or ALL.
 * @throws BoxError invalid-capability
 */
export function parseCapability(text: string): Capability | "ALL" {
  // ASCII only: the upper case of ı and ſ would be I and S.
  const upper = /^[a-zA-Z_]+$/.test(text) ? text.toUpperCase() : "";
  if (upper === "ALL") return "ALL";
  const found = CAPABILITIES.find((name) => name === upper || name === `CAP_${upper}`);
  if (found !== undefined) return found;
  throw new BoxError("invalid-capability", `${quote(text)}: unknown capability`, {
    hint: "use ALL or a name from capabilities(7), such as NET_ADMIN or CAP_NET_ADMIN",
  });
}
