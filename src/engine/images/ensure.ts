import type { Cache } from "../../config/cache.js";
import { formatPlatform, hostPlatform } from "../../config/syntax/platform.js";
import { BoxError } from "../../errors.js";
import { uncachedFolder, type Home } from "../../host/home.js";
import type { Image } from "../../oci/image.js";
import { ensureStored, type EnsureOptions } from "../../oci/images.js";
import { familiarName, familiarReference } from "../../config/syntax/reference.js";
import { storeOf, type Store } from "../../oci/store/store.js";
import { recordImageEvent } from "./event.js";

export interface EnsureImageOptions extends Omit<EnsureOptions, "onPulled"> {
  cache: Cache;
  /** Id of the box that is to be made of the image: then it has to be for this host. */
  box?: string | undefined;
}

/** A VM has the architecture of its host. */
const isForHost = ({ platform }: Image) => platform === formatPlatform(hostPlatform());

function checkPlatform(image: Image): void {
  if (isForHost(image)) return;
  const { reference, platform } = image;
  const own = formatPlatform(hostPlatform());
  throw new BoxError(
    "platform-mismatch",
    `image ${reference} is for ${platform}; boxes on this host are ${own}`,
    { hint: `pull it for ${own}`, detail: { image: reference, platform: own } },
  );
}

/** The store that a box has its image from: its own, without the cache. @param box its id */
export function storeOfBox(home: Home, { enabled, cacheDir }: Cache, box: string): Store {
  return storeOf(home, enabled ? cacheDir : uncachedFolder(home, box));
}

/**
 * An image that is here, or comes from its registry or file; then the store is held to its limits.
 * @param store for a box, as `storeOfBox`
 * @param options `onPending` is not called for images that this host cannot run
 * @throws BoxError platform-mismatch, and as `ensureStored`
 */
export async function ensureImage(
  store: Store,
  reference: string,
  { cache, box, onPending, onProgress, ...options }: EnsureImageOptions,
): Promise<Image> {
  const came = new Set<string>();
  const image = await ensureStored(store, reference, {
    ...options,
    onPending:
      onPending &&
      ((pending) => {
        if (isForHost(pending.image)) onPending(pending);
      }),
    onProgress: (event) => {
      came.add(event.digest);
      onProgress(event);
    },
    onPulled: ({ config }, pulled) => {
      recordImageEvent(
        store.home,
        "pull",
        familiarReference(pulled),
        familiarName(pulled),
        config.Labels ?? {},
      );
    },
  });
  if (box !== undefined) checkPlatform(image);
  if (came.size > 0) {
    const { afterPull } = await import("./after-pull.js");
    await afterPull(store, cache, box !== undefined && !cache.enabled);
  }
  return image;
}

/** Removes the image of a box without the cache that could not be made. */
export async function forgetImage(home: Home, { enabled }: Cache, box: string): Promise<void> {
  if (enabled) return;
  const { removeUncached } = await import("./after-pull.js");
  await removeUncached(home, box);
}
