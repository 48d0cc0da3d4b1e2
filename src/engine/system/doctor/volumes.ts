import { isUsable } from "../../../host/read.js";
import type { DriverReport } from "../../../vm/drivers/select.js";
import { probeVolumes } from "../../../vm/jail/volumes.js";
import type { RuntimeFiles } from "../../../vm/runtime-files.js";
import { ok, warning, type Check } from "./check.js";
import type { Host } from "./host.js";
import { userNamespaceCure } from "./machine.js";

/**
 * Checks whether this host allows volumes with the driver that boxes use. A missing virtiofsd is reported elsewhere.
 * @param profile command that installs box's AppArmor profile, if available
 */
export async function checkVolumes(
  host: Host,
  files: Pick<RuntimeFiles, "vmmHelper" | "virtiofsd">,
  reports: readonly DriverReport[],
  profile: string[] | undefined,
): Promise<Check[]> {
  const usable = reports.flatMap(({ driver, usability }) => (usability.usable ? [driver.name] : []));
  const [driver] = usable;
  const canServe = await isUsable(files.virtiofsd);
  if (driver === undefined || (driver === "qemu" && !canServe)) return [];
  const reason = await probeVolumes(files, driver);
  if (reason === undefined) return [ok("volumes", `work with ${driver}`)];
  const other = driver === "krun" && canServe && usable.includes("qemu");
  const cure =
    other && (await probeVolumes(files, "qemu")) === undefined
      ? { advice: "use `vmm` qemu for boxes with volumes" }
      : await userNamespaceCure(host, profile);
  return [warning("volumes", reason, cure)];
}
