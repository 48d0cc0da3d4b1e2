import type { Home } from "../../host/home.js";
import type { RuntimeFiles } from "../runtime-files.js";
import { findInterpreter } from "./find.js";

/**
 * Returns the runtime files for a box: if its programs are for another processor, with a boot disk that also has their
 * interpreter.
 * @param platform of the image; the host's by default, as for boxes of older versions
 * @throws BoxError as `findInterpreter` and `interpreterDisk`
 */
export async function withInterpreter(
  home: Home,
  runtimeFiles: RuntimeFiles,
  platform: string | undefined,
): Promise<RuntimeFiles> {
  const interpreter = platform === undefined ? undefined : findInterpreter(runtimeFiles, platform);
  if (interpreter === undefined) return runtimeFiles;
  const { interpreterDisk } = await import("./boot-disk.js");
  return { ...runtimeFiles, bootDisk: await interpreterDisk(home, runtimeFiles, interpreter) };
}
