import { layersOf, ownBytes, totalBytes, type StoredImage } from "./inventory.js";
import { removeFromStore, type RemovalPlan, type Removed, type StoreUsage } from "./remove.js";
import type { Store } from "./store.js";

export interface CacheLimits {
  /** Maximum number of images that no reference and no box needs. */
  maxRootfsEntries: number;
  /** Size of all images in bytes above which unneeded ones are removed. */
  maxCacheBytes: number;
}

/** Chooses what to remove to stay within the limits, least recently used first; needed images stay even above them. */
export function chooseEvicted(
  usage: StoreUsage,
  { maxRootfsEntries, maxCacheBytes }: CacheLimits,
): RemovalPlan {
  const { images, layers, isUsed } = usage;
  const users = new Map<string, number>();
  for (const digits of images.flatMap(layersOf)) users.set(digits, (users.get(digits) ?? 0) + 1);
  let bytes = totalBytes(usage);
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
 * Removes images until the store is within its limits (docs/images.md).
 * @param usedByBoxes digests of the images that boxes need
 */
export async function evictImages(
  store: Store,
  limits: CacheLimits,
  usedByBoxes: () => Promise<ReadonlySet<string>>,
): Promise<Removed> {
  return removeFromStore(store, usedByBoxes, (usage) => chooseEvicted(usage, limits));
}
