import type { Image } from "../../oci/image.js";
import type { PendingImage } from "../../oci/pull/pending-disk.js";
import { withLeases } from "../../oci/store/lease.js";
import type { Store } from "../../oci/store/store.js";
import type { Context } from "../context.js";
import { forgetImage, ensureImage, storeOfBox } from "../images/ensure.js";
import type { CheckedRequest } from "./check.js";
import type { CreateOptions } from "./request.js";

/**
 * The image of a box that is to be made, pulled if need be.
 * @param store as `withImages` gives it
 * @param onPending called when layers of it are about to come
 * @throws BoxError as `ensureImage`; the reason of the signal
 */
export async function imageFor(
  store: Store,
  { config, identity, pull = "missing", verify }: CheckedRequest,
  { onProgress = () => undefined, onImage, signal }: CreateOptions,
  onPending?: (pending: PendingImage) => void,
): Promise<Image> {
  const image = await ensureImage(store, config.image, {
    pull,
    verify,
    cache: config.cache,
    box: identity.id,
    onProgress,
    onPending,
  });
  signal?.throwIfAborted();
  onImage?.();
  return image;
}

/**
 * Makes a box of an image, which is held until the box's record keeps it. When that fails, nothing stays of an image that
 * only this box was to have.
 */
export async function withImages<T>(
  { home }: Context,
  { config, identity }: CheckedRequest,
  signal: AbortSignal | undefined,
  make: (store: Store) => Promise<T>,
): Promise<T> {
  return withLeases(storeOfBox(home, config.cache, identity.id), signal, async (store) => {
    try {
      return await make(store);
    } catch (error) {
      await forgetImage(home, config.cache, identity.id);
      throw error;
    }
  });
}
