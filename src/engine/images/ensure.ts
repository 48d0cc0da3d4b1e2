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
  /** ID of the box to be created from the image, which then must be for this host's platform. */
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
    `image ${reference} is for ${platform}, but boxes on this host run ${own}`,
    { hint: `pull it for ${own}`, detail: { image: reference, platform: own } },
  );
}

/** Returns the store for a box's image: a private one if the cache is disabled. @param box ID of the box */
export function storeOfBox(home: Home, { enabled, cacheDir }: Cache, box: string): Store {
  return storeOf(home, enabled ? cacheDir : uncachedFolder(home, box));
}

/**
 * Returns an image from the store, or pulls it from its registry or file and then evicts others if necessary.
 * @param store for a box, the result of `storeOfBox`
 * @param options `onPending` is not called for images that this host cannot run
 * @throws BoxError platform-mismatch, and as `ensureStored`
 */
export async function ensureImage(
  store: Store,
  reference: string,
  { cache, box, onPending, onProgress, ...options }: EnsureImageOptions,
): Promise<Image> {
  const pulled = new Set<string>();
  const image = await ensureStored(store, reference, {
    ...options,
    onPending:
      onPending &&
      ((pending) => {
        if (isForHost(pending.image)) onPending(pending);
      }),
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
  if (box !== undefined) checkPlatform(image);
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
