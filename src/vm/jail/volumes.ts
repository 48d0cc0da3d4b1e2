import { execFile } from "node:child_process";
import type { Driver } from "../drivers/driver.js";
import type { RuntimeFiles } from "../runtime-files.js";

/** Returns why this host does not allow volumes with a driver; undefined if it allows them. */
export function probeVolumes(
  { vmmHelper, virtiofsd }: Pick<RuntimeFiles, "vmmHelper" | "virtiofsd">,
  driver: Driver["name"],
): Promise<string | undefined> {
  const words = ["volumes", ...(driver === "qemu" ? [virtiofsd] : [])];
  return new Promise((resolve) =>
    execFile(vmmHelper, words, (error, _stdout, stderr) =>
      resolve(error === null ? undefined : (/^box-vmm: (.*)$/m.exec(stderr)?.[1] ?? error.message)),
    ),
  );
}
