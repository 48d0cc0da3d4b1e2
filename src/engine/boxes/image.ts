import { isHostPlatform } from "../../config/syntax/platform.js";
import { BoxError } from "../../errors.js";
import type { Image } from "../../oci/image.js";
import type { PendingImage } from "../../oci/pull/pending-disk.js";
import { withLeases } from "../../oci/store/lease.js";
import type { Store } from "../../oci/store/store.js";
import { findInterpreter } from "../../vm/interpreter/find.js";
import type { Context } from "../context.js";
import { forgetImage, ensureImage, storeOfBox } from "../images/ensure.js";
import type { CheckedRequest } from "./check.js";
import type { CreateOptions } from "./request.js";

/**
 * Returns the image for a box that is to be created, pulling it if necessary.
 * @param store the store passed by `withImages`
 * @param onPending called before layers are downloaded
 * @throws BoxError as `ensureImage` and `findInterpreter`; the signal's reason
 */
export async function imageFor(
  { warn }: Pick<Context, "warn">,
  store: Store,
  { config, identity, runtimeFiles, pull = "missing", platform, verify }: CheckedRequest,
  { onProgress = () => undefined, onStep, onImage, signal }: CreateOptions,
  onPending?: (pending: PendingImage) => void,
): Promise<Image> {
  const image = await ensureImage(store, config.image, {
    pull,
    platform,
    verify,
    cache: config.cache,
    box: identity.id,
    onProgress,
    onStep,
    onPending,
    onPlatform: (found) => findInterpreter(runtimeFiles, found),
  });
  signal?.throwIfAborted();
  findInterpreter(runtimeFiles, image.platform);
  if (platform === undefined) await warnOfMismatch(warn, image);
  onImage?.();
  return image;
}

/**
 * Returns the image of the sidecar, if the box is to have one, pulling it if necessary.
 * @throws BoxError as `imageFor`, about the sidecar
 */
export async function sidecarImageFor(
  context: Pick<Context, "warn">,
  store: Store,
  request: CheckedRequest,
  options: CreateOptions,
): Promise<Image | undefined> {
  const { spec, config } = request;
  if (spec.sidecar === null) return undefined;
  const own = { ...request, config: { ...config, image: spec.sidecar.image } };
  return imageFor(context, store, own, { ...options, onImage: undefined }).catch((error: unknown) => {
    if (!(error instanceof BoxError)) throw error;
    const { code, reason, hint, detail, cause } = error;
    throw new BoxError(code, `the image of the sidecar: ${reason}`, { hint, detail, cause });
  });
}

async function warnOfMismatch(warn: Context["warn"], { platform }: Image): Promise<void> {
  if (isHostPlatform(platform)) return;
  const { mismatchWarning } = await import("../../vm/interpreter/mismatch.js");
  const warning = mismatchWarning(platform);
  if (warning !== undefined) warn(warning);
}

/**
 * Creates a box from an image, on which it holds a lease until the box's record refers to it. If that fails, an image
 * that was pulled for this box alone is removed.
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
