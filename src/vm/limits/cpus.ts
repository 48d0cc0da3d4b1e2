import { readFile } from "node:fs/promises";
import { BoxError } from "../../errors.js";
import { parseCpuset } from "../../config/syntax/cpuset.js";

/** The CPUs that this process may use, from its status file (proc(5)). */
function allowed(status: string): string {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "";
}

/**
 * Returns CPUs as a list for `box-vmm --cpuset`.
 * @throws BoxError cpuset-unavailable if this process may not use all of them
 */
export async function resolveCpuset(wanted: readonly number[], status?: string): Promise<string> {
  const list = allowed(status ?? (await readFile("/proc/self/status", "utf8")));
  const available = new Set(parseCpuset(list));
  const missing = wanted.filter((cpu) => !available.has(cpu));
  if (missing.length === 0) return wanted.join(",");
  throw new BoxError("cpuset-unavailable", `CPU ${missing.join(", ")} is not available on this host`, {
    subject: "resourceLimits.cpusetCpus",
    hint: `available CPUs: ${list}`,
  });
}
