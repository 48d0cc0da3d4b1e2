import { readFile } from "node:fs/promises";
import { join } from "node:path";

const read = (path: string) => readFile(path, "utf8").catch(() => "");

/**
 * Why AppArmor keeps an unprivileged program from user namespaces, and what to do; undefined when it does not.
 * @param program path of the program that makes them
 * @param root where this host's /proc and /etc are
 */
export async function explainAppArmor(program: string, root = "/"): Promise<string | undefined> {
  const restriction = await read(
    join(root, "proc", "sys", "kernel", "apparmor_restrict_unprivileged_userns"),
  );
  if (restriction.trim() !== "1") return undefined;
  // Which profiles are loaded is root's to know; this one is written by scripts/apparmor.
  const profile = await read(join(root, "etc", "apparmor.d", "box-vmm"));
  if (profile.includes(`"${program}"`)) return undefined;
  return "AppArmor allows unprivileged programs none without a profile; see docs/ubuntu.md";
}
