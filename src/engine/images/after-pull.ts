import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { uncachedFolder } from "../../host/home.js";
import { isNamed, namesIn } from "../../host/read.js";
import { evictImages, type CacheLimits } from "../../oci/store/evict.js";
import { recordRemoved } from "./event.js";
import { leasedDigests } from "../../oci/store/lease.js";
import { boxFolder } from "../../vm/box/files.js";
import { isUnreadable, listBoxes } from "../../vm/box/find.js";
import type { Store } from "../../oci/store/store.js";
import type { Home } from "../../host/home.js";

/** Digests of the images that boxes are made of, running or not. */
export async function usedByBoxes(home: Home): Promise<Set<string>> {
  return new Set((await listBoxes(home)).map(({ record }) => record.image.digest));
}

/** Removes the store of a box without the cache; the box itself has failed to be made. */
export async function removeUncached(home: Home, id: string): Promise<void> {
  await rm(uncachedFolder(home, id), { recursive: true, force: true });
}

/** Removes such stores whose box has gone, or was never made because its command was killed. */
export async function sweepUncached(home: Home): Promise<void> {
  const folder = dirname(uncachedFolder(home, "any"));
  for (const id of await namesIn(folder)) {
    // First whether a command is about to make the box: it holds its image until the box is there.
    if ((await leasedDigests(join(folder, id, "holds"))).size > 0) continue;
    if (await isNamed(boxFolder(home, id))) continue;
    await removeUncached(home, id);
  }
}

/** Keeps the store within its limits after something came. */
export async function afterPull(store: Store, limits: CacheLimits, uncached: boolean): Promise<void> {
  if (uncached) {
    await sweepUncached(store.home);
    return;
  }
  try {
    recordRemoved(store.home, await evictImages(store, limits, () => usedByBoxes(store.home)));
  } catch (error) {
    // Which images boxes need is not known: nothing goes, and what came stays.
    if (!isUnreadable(error)) throw error;
  }
}
