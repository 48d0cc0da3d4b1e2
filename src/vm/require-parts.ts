import type { BoxSpec } from "../config/spec.js";
import { BoxError } from "../errors.js";
import { isUsable } from "../host/read.js";
import type { Driver } from "./drivers/driver.js";
import type { RuntimeFiles } from "./runtime-files.js";

const missing = (name: string, user: string, hint: string) =>
  new BoxError("engine-missing", `${name} is not installed; it is required for ${user}`, { hint });

/**
 * Checks that parts of the host that only some boxes need are installed.
 * @throws BoxError engine-missing
 */
export async function requireParts(
  { virtiofsd, libslirp }: RuntimeFiles,
  driver: Driver,
  { network, volumes }: { network: BoxSpec["network"]; volumes: boolean },
): Promise<void> {
  const needed = driver.name === "qemu" ? network.mode !== "none" : network.mode === "bridge";
  if (needed && libslirp === "")
    throw missing(
      "libslirp",
      `network mode ${network.mode}`,
      "install the package libslirp0, or use `network` none",
    );
  if (volumes && driver.name === "qemu" && !(await isUsable(virtiofsd)))
    throw missing("virtiofsd", "volumes", "install the package virtiofsd");
}
