import { readFile } from "node:fs/promises";
import { join } from "node:path";

const read = (path: string) => readFile(path, "utf8").catch(() => "");

/**
 * Explains why AppArmor denies user namespaces to an unprivileged program, and the cure; undefined if it does not.
 * @param program path of the program that creates them
 * @param root where this host's /proc and /etc are
 */
export async function explainAppArmor(program: string, root = "/"): Promise<string | undefined> {
  const restriction = await read(
    join(root, "proc", "sys", "kernel", "apparmor_restrict_unprivileged_userns"),
  );
  if (restriction.trim() !== "1") return undefined;
  // Only root can list the loaded profiles, so look for the file that scripts/apparmor writes.
  const profile = await read(join(root, "etc", "apparmor.d", "box-vmm"));
  if (profile.includes(`"${program}"`)) return undefined;
  return "AppArmor denies them to unprivileged programs without a profile; see docs/ubuntu.md";
}
