import { writeFile } from "node:fs/promises";
import type { BoxSpec } from "../../config/spec.js";
import { boxFiles } from "../box/files.js";
import { resolveCpuset } from "./cpus.js";
import { makeGroup } from "./group.js";
import { groupSettings } from "./settings.js";

export type HostLimits = Pick<BoxSpec, "resources" | "resourceLimits">;

/**
 * Checks that this host can grant the limits of a VMM.
 * @throws BoxError invalid-limit, cpuset-unavailable
 */
export async function checkHostLimits({ resources, resourceLimits }: HostLimits): Promise<void> {
  groupSettings(resourceLimits, resources.memoryMb);
  if (resourceLimits.cpusetCpus) await resolveCpuset(resourceLimits.cpusetCpus);
}

/**
 * Prepares the limits that the host enforces on a VMM (`--cpuset-cpus`, `--cpu-shares`, `--cpu-quota`,
 * `--memory-reservation`, `--memory-swap`).
 * @param warn called for each field that cannot be enforced here, with the reason
 * @returns options for `box-vmm` (docs/vmm-helper.md)
 * @throws BoxError invalid-limit, cpuset-unavailable
 */
export async function prepareHostLimits(
  folder: string,
  id: string,
  { resources, resourceLimits }: HostLimits,
  warn: (line: string) => void,
): Promise<string[]> {
  const { cpusetCpus } = resourceLimits;
  const cpus = cpusetCpus ? ["--cpuset", await resolveCpuset(cpusetCpus)] : [];
  const settings = groupSettings(resourceLimits, resources.memoryMb);
  if (settings.length === 0) return cpus;
  const fields = settings.map(({ field }) => field).join(", ");
  const group = await makeGroup(settings, id);
  if ("reason" in group) {
    warn(`${fields}: not in force: ${group.reason}`);
    return cpus;
  }
  for (const { field, reason } of group.refused) warn(`${field}: not in force: ${reason}`);
  await writeFile(boxFiles(folder).cgroup, group.folder, { mode: 0o600 });
  return [...cpus, "--cgroup", group.folder, fields];
}
