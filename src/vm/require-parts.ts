import { constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { BoxSpec } from "../config/spec.js";
import { BoxError } from "../errors.js";
import { isUsable } from "../host/read.js";
import type { Driver } from "./drivers/driver.js";
import type { RuntimeFiles } from "./runtime-files.js";

async function isOnPath(searchPath: string, name: string): Promise<boolean> {
  for (const folder of searchPath.split(delimiter)) {
    if (folder !== "" && (await isUsable(join(folder, name), constants.X_OK))) return true;
  }
  return false;
}

const missing = (name: string, user: string, hint: string) =>
  new BoxError("engine-missing", `${name} is not installed; it is required for ${user}`, { hint });

/**
 * Checks that host programs that only some boxes need are installed.
 * @throws BoxError engine-missing
 */
export async function requireParts(
  { virtiofsd, searchPath }: RuntimeFiles,
  driver: Driver,
  { network, volumes }: { network: BoxSpec["network"]; volumes: boolean },
): Promise<void> {
  if (network.mode === "bridge" && !(await isOnPath(searchPath, "passt")))
    throw missing("passt", "network mode bridge", "install the package passt");
  if (volumes && driver.name === "qemu" && !(await isUsable(virtiofsd)))
    throw missing("virtiofsd", "volumes", "install the package virtiofsd");
}
