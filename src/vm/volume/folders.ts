import { randomBytes } from "node:crypto";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../errors.js";
import { recordEvent } from "../../events/record.js";
import { refuseMounts, removeTree } from "./remove-tree.js";
import type { Home } from "../../host/home.js";

/** Marks a folder that is being made or removed, by the process of this number. */
export const UNFINISHED = ".unfinished-";

export function volumesFolder(home: Home): string {
  return join(home.folder, "volumes");
}

export function unfinishedFolder(home: Home): string {
  return join(volumesFolder(home), `${UNFINISHED}${process.pid}-${randomBytes(6).toString("hex")}`);
}

/** What is in a volume, in the volume's folder. */
export function dataFolder(folder: string): string {
  return join(folder, "_data");
}

/** A name for a volume that nobody named: 64 hexadecimal digits, as Docker's. */
export function anonymousName(): string {
  return randomBytes(32).toString("hex");
}

/**
 * Removes a volume with all that is in it. First it vanishes under its name, so that a box which is started at this
 * moment gets a new one and never half of the old; what cannot be removed comes back under it, to be seen and removed
 * later. Apart from the store, so that the monitor need not load zod.
 * @throws BoxError volume-not-removed
 */
export async function removeVolume(home: Home, name: string): Promise<void> {
  const folder = join(volumesFolder(home), name);
  const doomed = unfinishedFolder(home);
  await refuseMounts(folder);
  try {
    await rename(folder, doomed);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw error;
  }
  try {
    // First what the box has written: until that is gone, the rest says whose it is.
    await removeTree(dataFolder(doomed), dataFolder(folder));
    await removeTree(doomed, folder);
  } catch (error) {
    // Where a new volume has the name already, the next `prune` tries again.
    await rename(doomed, folder).catch(() => undefined);
    throw error;
  }
  recordEvent(home, "volume", "destroy", name, { driver: "local" });
}
