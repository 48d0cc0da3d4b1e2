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
  const users = boxes.filter(({ record }) => record.namedVolumes.some((used) => used.name === name));
  if (users[0] !== undefined) {
    const ids = users.map(({ record }) => record.id).join(", ");
    throw new BoxError("volume-in-use", `remove ${name}: volume is in use - [${ids}]`, {
      hint: "remove that box first",
      detail: { box: users[0].record.name },
    });
  }
  if (volume) await removeVolume(home, volume.name);
}
