import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { identityOf } from "../../host/file-identity.js";

/** The common part of all VMs of a template. */
export interface Shape {
  /** The arguments for `box-vmm freeze` to make it. */
  words: string[];
  /** The files that they name, and the VMM itself. */
  files: string[];
}

/**
 * Returns the name of a shape's template. It changes with each of the files, and when the host boots: the guest keeps the
 * frequency of the host's clock.
 * @throws the system error of a file that is missing
 */
export async function keyOf({ words, files }: Shape): Promise<string> {
  const [boot, ...identities] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    ...files.map(identityOf),
  ]);
  const text = JSON.stringify([boot, words, files, identities]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
