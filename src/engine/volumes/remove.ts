import { BoxError } from "../../errors.js";
import { listBoxes } from "../../vm/box/find.js";
import { removeVolume } from "../../vm/volume/folders.js";
import { findVolume } from "../../vm/volume/store.js";
import type { Context } from "../context.js";

export interface RemoveVolumeOptions {
  /** Ignores a volume that does not exist. */
  force?: boolean | undefined;
}

/** Removes a volume that no box uses. @throws BoxError no-such-volume, volume-in-use, volume-not-removed */
export async function remove(
  { home }: Context,
  name: string,
  { force = false }: RemoveVolumeOptions = {},
): Promise<void> {
  const boxes = await listBoxes(home);
  const volume = await findVolume(home, name).catch((error: unknown) => {
    if (force) return undefined;
    throw error;
  });
  const user = boxes.find(({ record }) => record.namedVolumes.some((used) => used.name === name))?.record
    .name;
  if (user !== undefined) {
    throw new BoxError("volume-in-use", `volume ${name} is in use by box ${user}`, {
      hint: "remove that box first",
      detail: { box: user },
    });
  }
  if (volume) await removeVolume(home, volume.name);
}
