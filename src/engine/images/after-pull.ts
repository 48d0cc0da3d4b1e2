import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { uncachedFolder } from "../../host/home.js";
import { isNamed, namesIn } from "../../host/read.js";
import { evictImages, type CacheLimits } from "../../oci/store/evict.js";
import { recordRemoved } from "./event.js";
import { leasedDigests } from "../../oci/store/lease.js";
import { boxFolder } from "../../vm/box/files.js";
import { isUnreadable } from "../../vm/box/find.js";
import type { Store } from "../../oci/store/store.js";
import type { Home } from "../../host/home.js";
import { usedByBoxes } from "./used-by-boxes.js";

/** Removes the private store of an uncached box that could not be created. */
export async function removeUncached(home: Home, id: string): Promise<void> {
  await rm(uncachedFolder(home, id), { recursive: true, force: true });
}

/** Removes private stores whose box has been removed, or was never created because its command was killed. */
export async function sweepUncached(home: Home): Promise<void> {
  const folder = dirname(uncachedFolder(home, "any"));
  for (const id of await namesIn(folder)) {
    // Check this first: a command that is creating the box holds a lease on its image until the box exists.
    if ((await leasedDigests(join(folder, id, "holds"))).size > 0) continue;
    if (await isNamed(boxFolder(home, id))) continue;
    await removeUncached(home, id);
  }
}

/** Evicts images if the store exceeds its limits after a pull. */
export async function afterPull(store: Store, limits: CacheLimits, uncached: boolean): Promise<void> {
  if (uncached) {
    await sweepUncached(store.home);
    return;
  }
  try {
    recordRemoved(store.home, await evictImages(store, limits, () => usedByBoxes(store.home)));
  } catch (error) {
    // It is unknown which images boxes use, so none are evicted.
    if (!isUnreadable(error)) throw error;
  }
}
