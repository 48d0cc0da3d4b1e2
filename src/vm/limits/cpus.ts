import { readFile } from "node:fs/promises";
import { BoxError } from "../../errors.js";
import { parseCpuset } from "../../config/syntax/cpuset.js";

/** The CPUs that this process may use, as its status says (proc(5)). */
function allowed(status: string): string {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "";
}

/**
 * CPUs as a list for `box-vmm --cpuset`.
 * @throws BoxError cpuset-unavailable when this process may not use one of them
 */
export async function resolveCpuset(wanted: readonly number[], status?: string): Promise<string> {
  const list = allowed(status ?? (await readFile("/proc/self/status", "utf8")));
  const available = new Set(parseCpuset(list));
  const missing = wanted.filter((cpu) => !available.has(cpu));
  if (missing.length === 0) return wanted.join(",");
  throw new BoxError("cpuset-unavailable", `CPU ${missing.join(", ")} is not available here`, {
    subject: "resourceLimits.cpusetCpus",
    hint: `this host lets box use ${list}`,
  });
}
