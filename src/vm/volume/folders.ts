import { randomBytes } from "node:crypto";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../errors.js";
import { recordEvent } from "../../events/record.js";
import { refuseMounts, removeTree } from "./remove-tree.js";
import type { Home } from "../../host/home.js";

/** Prefix of a directory that is being created or removed; the PID of the process follows. */
export const UNFINISHED = ".unfinished-";

export function volumesFolder(home: Home): string {
  return join(home.folder, "volumes");
}

export function unfinishedFolder(home: Home): string {
  return join(volumesFolder(home), `${UNFINISHED}${process.pid}-${randomBytes(6).toString("hex")}`);
}

/** The directory with a volume's content. */
export function dataFolder(folder: string): string {
  return join(folder, "_data");
}

/** Generates the name of an anonymous volume: 64 hexadecimal digits, as in Docker. */
export function anonymousName(): string {
  return randomBytes(32).toString("hex");
}

/**
 * Removes a volume with its content. Renames it first, so that a box started at this moment gets a new volume and never a
 * partially removed one. If removal fails, restores the name, so that the rest can be seen and removed later. Separate
 * from the store, so that the monitor need not load zod.
 * @throws BoxError volume-not-removed
 */
export async function removeVolume(home: Home, name: string): Promise<void> {
  const folder = join(volumesFolder(home), name);
  const removing = unfinishedFolder(home);
  await refuseMounts(folder);
  try {
    await rename(folder, removing);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw error;
  }
  try {
    // Content first: until it is gone, the volume's own record must stay.
    await removeTree(dataFolder(removing), dataFolder(folder));
    await removeTree(removing, folder);
  } catch (error) {
    // If a new volume has the name by now, the next `prune` tries again.
    await rename(removing, folder).catch(() => undefined);
    throw error;
  }
  recordEvent(home, "volume", "destroy", name, { driver: "local" });
}
