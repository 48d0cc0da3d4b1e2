import { createHash } from "node:crypto";

const hashOf = (name: string) => createHash("sha256").update(name).digest();

/**
 * Name of the switch's socket in the runtime directory; each runtime directory has its own networks. Every version of the
 * protocol has a socket of its own, because the switch of an older version of box may still be running.
 */
export const SWITCH_SOCKET = "networks-3.switch";

/** Identifies a network that need not have been created. */
export function networkKey(name: string): string {
  return hashOf(name).toString("hex");
}
