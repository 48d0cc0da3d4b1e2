import type { Cache } from "../config/cache.js";
import { BoxError } from "../errors.js";
import { uncachedFolder } from "../host/home.js";
import { ensureImage } from "../oci/images.js";
import type { PendingImage } from "../oci/pull/pending-disk.js";
import type { Image } from "../oci/image.js";
import { formatPlatform, hostPlatform, type Platform } from "../config/syntax/platform.js";
import { createProgress } from "./output/progress.js";
import { currentHome, currentStore, useStore } from "./store.js";

interface Wishes {
  pull: "always" | "missing" | "never";
  quiet: boolean;
  cache: Cache;
  /** Id of the box that is to be made of it. */
  box?: string;
  platform?: Platform | undefined;
  /** A policy, or a public key in its place. */
  verify?: string | undefined;
  /** Hears of an image that fits when layers of it are about to come. */
  onPending?: ((pending: PendingImage) => void) | undefined;
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
    {
      hint: `run \`box pull --platform ${own} ${reference}\``,
    },
  );
}

/** Removes the image of a box without the cache that could not be made. */
export async function forgetImage({ enabled }: Cache, box: string): Promise<void> {
  if (enabled) return;
  const { removeUncached } = await import("../engine/images/after-pull.js");
  await removeUncached(currentHome(), box);
}

/** An image that is here, or comes from its registry, with progress on the terminal. */
export async function obtainImage(
  reference: string,
  { pull, quiet, cache, box, platform, verify, onPending }: Wishes,
): Promise<Image> {
  const own = cache.enabled ? undefined : box;
  useStore(own === undefined ? cache.cacheDir : uncachedFolder(currentHome(), own));
  const progress = createProgress(quiet);
  const came = new Set<string>();
  try {
    const image = await ensureImage(currentStore(), reference, {
      pull,
      platform,
      verify,
      onPending:
        onPending &&
        ((pending) => {
          if (isForHost(pending.image)) onPending(pending);
        }),
      onProgress: (event) => {
        came.add(event.digest);
        progress.report(event);
      },
    });
    if (box !== undefined) checkPlatform(image);
    if (came.size > 0) {
      const { afterPull } = await import("../engine/images/after-pull.js");
      await afterPull(currentStore(), cache, own !== undefined);
    }
    return image;
  } finally {
    progress.end();
  }
}
