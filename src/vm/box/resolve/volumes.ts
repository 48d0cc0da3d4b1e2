import { stat } from "node:fs/promises";
import { BoxError } from "../../../config/errors.js";
import { parseVolume } from "../../../config/syntax/volume.js";
import type { SharedVolume } from "../../driver.js";

/**
 * The volumes of a box, each with its name in the share. As Docker does for -v, a missing host folder is made.
 * @throws BoxError invalid-volume
 */
export async function resolveVolumes(
  volumes: string[],
  makeFolder: (path: string) => Promise<unknown>,
): Promise<(SharedVolume & { file: boolean })[]> {
  const parsed = volumes.map((volume) => parseVolume(volume, process.cwd()));
  const targets = new Set<string>();
  for (const { target } of parsed) {
    if (targets.has(target))
      throw new BoxError("duplicate-mount", `-v: two volumes are to be mounted at ${target}`);
    targets.add(target);
  }
  return Promise.all(
    parsed.map(async (volume, index) => {
      const found = await stat(volume.source).catch(async () => {
        try {
          await makeFolder(volume.source);
          return await stat(volume.source);
        } catch (error) {
          throw new BoxError("invalid-volume", `-v: the host path ${volume.source} cannot be used`, {
            cause: error,
          });
        }
      });
      if (!found.isDirectory() && !found.isFile()) {
        throw new BoxError("invalid-volume", `-v: ${volume.source} is neither a folder nor a file`);
      }
      return { ...volume, name: String(index), file: found.isFile() };
    }),
  );
}
