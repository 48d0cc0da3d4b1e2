import { layersOf, ownBytes, totalBytes, type StoredImage } from "./inventory.js";
import { removeFromStore, type RemovalPlan, type Removed, type StoreUsage } from "./remove.js";
import type { Store } from "./store.js";

export interface CacheLimits {
  /** Most images that no reference and no box needs. */
  maxRootfsEntries: number;
  /** Bytes of all images above which those go that nothing needs. */
  maxCacheBytes: number;
}

/** What has to go so that the limits hold, the least recently used first; what is needed stays even above them. */
export function chooseEvicted(
  surroundings: StoreUsage,
  { maxRootfsEntries, maxCacheBytes }: CacheLimits,
): RemovalPlan {
  const { images, layers, isUsed } = surroundings;
  const users = new Map<string, number>();
  for (const digits of images.flatMap(layersOf)) users.set(digits, (users.get(digits) ?? 0) + 1);
  let bytes = totalBytes(surroundings);
  const strayLayers = bytes > maxCacheBytes;
  if (strayLayers) {
    for (const [digits, size] of layers) if (!users.has(digits)) bytes -= size;
  }
  const unneeded = images
    .filter((image) => image.tags.length === 0 && !isUsed(image))
    .sort((a, b) => a.lastUsed - b.lastUsed);
  const evicted: StoredImage[] = [];
  while (unneeded.length > maxRootfsEntries || bytes > maxCacheBytes) {
    const image = unneeded.shift();
    if (!image) break;
    evicted.push(image);
    bytes -= ownBytes(image);
    for (const digits of layersOf(image)) {
      const left = (users.get(digits) ?? 1) - 1;
      users.set(digits, left);
      if (left === 0) bytes -= layers.get(digits) ?? 0;
    }
  }
  return { images: evicted, strayLayers };
}

/**
 * Holds the store to its limits (docs/images.md).
 * @param usedByBoxes digests of the images that boxes need
 */
export async function evictImages(
  store: Store,
  limits: CacheLimits,
  usedByBoxes: () => Promise<ReadonlySet<string>>,
): Promise<Removed> {
  return removeFromStore(store, usedByBoxes, (surroundings) => chooseEvicted(surroundings, limits));
}
