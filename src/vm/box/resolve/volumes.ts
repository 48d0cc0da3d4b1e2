import { stat } from "node:fs/promises";
import { BoxError } from "../../../config/errors.js";
import { parseMountSpec } from "../../../config/syntax/mount.js";
import type { SharedVolume } from "../../driver.js";

/**
 * The volumes of a box, each with its name in the share. As Docker does for -v, a missing host folder is made.
 * @throws BoxError invalid-volume
 */
export async function resolveVolumes(
  volumes: string[],
  makeFolder: (path: string) => Promise<unknown>,
): Promise<(SharedVolume & { file: boolean })[]> {
  const parsed = volumes.map((text) => {
    const volume = parseMountSpec(text, process.cwd());
    if (volume.kind === "bind") return volume;
    throw new BoxError("not-available", `-v: "${text}" is a named volume; those are not available yet`, {
      hint: "share a folder: ./FOLDER:/BOX_PATH",
    });
  });
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
          if (volume.createSource) await makeFolder(volume.source);
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
