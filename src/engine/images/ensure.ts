import type { Cache } from "../../config/cache.js";
import { uncachedFolder, type Home } from "../../host/home.js";
import type { Image } from "../../oci/image.js";
import { ensureStored, type EnsureOptions } from "../../oci/images.js";
import { familiarName, familiarReference } from "../../config/syntax/reference.js";
import { storeOf, type Store } from "../../oci/store/store.js";
import { recordImageEvent } from "./event.js";

export interface EnsureImageOptions extends Omit<EnsureOptions, "onPulled"> {
  cache: Cache;
  /** ID of the box to be created from the image. */
  box?: string | undefined;
}

/** Returns the store for a box's image: a private one if the cache is disabled. @param box ID of the box */
export function storeOfBox(home: Home, { enabled, cacheDir }: Cache, box: string): Store {
  return storeOf(home, enabled ? cacheDir : uncachedFolder(home, box));
}

/**
 * Returns an image from the store, or pulls it from its registry or file and then evicts others if necessary.
 * @param store for a box, the result of `storeOfBox`
 * @throws BoxError as `ensureStored`
 */
export async function ensureImage(
  store: Store,
  reference: string,
  { cache, box, onProgress, ...options }: EnsureImageOptions,
): Promise<Image> {
  const pulled = new Set<string>();
  const image = await ensureStored(store, reference, {
    ...options,
    onProgress: (event) => {
      pulled.add(event.digest);
      onProgress(event);
    },
    onPulled: ({ config }, pulledReference) => {
      recordImageEvent(
        store.home,
        "pull",
        familiarReference(pulledReference),
        familiarName(pulledReference),
        config.Labels ?? {},
      );
    },
  });
  if (pulled.size > 0) {
    const { afterPull } = await import("./after-pull.js");
    await afterPull(store, cache, box !== undefined && !cache.enabled);
  }
  return image;
}

/** Removes the image of an uncached box that could not be created. */
export async function forgetImage(home: Home, { enabled }: Cache, box: string): Promise<void> {
  if (enabled) return;
  const { removeUncached } = await import("./after-pull.js");
  await removeUncached(home, box);
}
