import type { Image } from "../../oci/image.js";
import type { PendingImage } from "../../oci/pull/pending-disk.js";
import type { Context } from "../context.js";
import { forgetImage, obtainImage } from "../images/obtain.js";
import type { CheckedRequest } from "./check.js";
import type { CreateOptions } from "./request.js";

/**
 * The image of a box that is to be made, pulled if need be.
 * @param onPending called when layers of it are about to come
 * @throws BoxError as `obtainImage`; the reason of the signal
 */
export async function imageFor(
  { home }: Context,
  { config, identity, pull = "missing", verify }: CheckedRequest,
  { onProgress = () => undefined, onImage, signal }: CreateOptions,
  onPending?: (pending: PendingImage) => void,
): Promise<Image> {
  signal?.throwIfAborted();
  const image = await obtainImage(home, config.image, {
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

/** Makes a box of its image. When that fails, nothing stays of an image that only this box was to have. */
export async function orForgetImage<T>(
  { home }: Context,
  { config, identity }: CheckedRequest,
  make: () => Promise<T>,
): Promise<T> {
  try {
    return await make();
  } catch (error) {
    await forgetImage(home, config.cache, identity.id);
    throw error;
  }
}
