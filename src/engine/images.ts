import type { Readable } from "node:stream";
import type { Platform } from "../config/syntax/platform.js";
import { abortable } from "../host/abort.js";
import { resultsUntil } from "../host/iterate.js";
import type { FoundImage } from "../oci/find.js";
import type { Image } from "../oci/image.js";
import type { ListedImage } from "../oci/list.js";
import type { Context } from "./context.js";
import type { Deletion } from "./images/deletion.js";
import type { ImageHistory } from "./images/history.js";
import type { ImportOptions, ImportSource } from "./images/import.js";
import type { InspectedImage } from "./images/inspect.js";
import type { Loaded, LoadOptions } from "./images/load.js";
import type { PrunedImages } from "./images/prune.js";
import type { PullOptions } from "./images/pull.js";
import type { Pushed, PushOptions, PushTargets } from "./images/push.js";
import type { RemoveImageOptions } from "./images/remove.js";
import type { SaveOptions } from "./images/save.js";
import type { PruneFilter, PruneOptions } from "./prune-filter.js";

export type { PullEvent, PullStep } from "../oci/pull/event.js";

/**
 * Operations on images. Each loads its own code on first use. All but `remoteTags` and `push` also accept an image in a
 * file or directory, which is first stored.
 */
export interface Images {
  /** Lists all images, newest first: one entry per reference, and the untagged images. */
  list: () => Promise<ListedImage[]>;
  /** Finds an image by reference or ID. @throws BoxError no-such-image, ambiguous-image, platform-missing */
  find: (image: string, platform?: Platform) => Promise<FoundImage>;
  /** Returns an image's configuration. @throws BoxError no-such-image, ambiguous-image, platform-missing, bad-image */
  inspect: (image: string, platform?: Platform) => Promise<InspectedImage>;
  /**
   * Returns the digests of an image, under whichever name, and of the images committed from it; undefined if there is no
   * such image. @throws BoxError ambiguous-image, invalid-reference
   */
  descendants: (image: string) => Promise<ReadonlySet<string> | undefined>;
  /** Lists an image's build steps. @throws BoxError no-such-image, ambiguous-image, platform-missing, bad-image */
  history: (image: string, platform?: Platform) => Promise<ImageHistory>;
  /** Pulls an image. @throws BoxError invalid-reference, image-not-found, access-denied, registry-…, signature-… */
  pull: (reference: string, options?: PullOptions) => Promise<Image>;
  /** Lists the references of all tags of a repository in its registry. @throws BoxError image-not-found, registry-… */
  remoteTags: (repository: string, signal?: AbortSignal) => Promise<string[]>;
  /** Lists the references to call `push` with. @throws BoxError invalid-reference, image-missing */
  pushTargets: (reference: string, options?: { allTags?: boolean | undefined }) => Promise<PushTargets>;
  /** Pushes an image. @throws BoxError invalid-reference, image-missing, image-damaged, access-denied, registry-… */
  push: (reference: string, options?: PushOptions) => Promise<Pushed>;
  /** Loads the images of an archive; yields each once it is stored. @throws BoxError bad-archive, platform-missing */
  load: (input: string | Readable, options?: LoadOptions) => AsyncIterable<Loaded>;
  /** Streams an archive of images. @throws BoxError no-such-image, ambiguous-image, platform-missing, image-damaged */
  save: (
    images: readonly string[],
    platforms?: readonly Platform[],
    options?: SaveOptions,
  ) => Promise<AsyncIterable<Uint8Array>>;
  /** Creates an image from a tar archive. @throws BoxError invalid-file, invalid-url, download-failed, bad-layer */
  import: (source: ImportSource, options?: ImportOptions) => Promise<Image>;
  /** Gives an image an additional name. @throws BoxError invalid-reference, no-such-image, ambiguous-image */
  tag: (image: string, name: string) => Promise<void>;
  /**
   * Removes a name of an image, or the image.
   * @throws BoxError no-such-image, ambiguous-image, platform-missing, image-in-use
   */
  remove: (image: string, options?: RemoveImageOptions) => Promise<Deletion[]>;
  /** Removes unused images. */
  prune: (
    filter?: PruneFilter & { all?: boolean | undefined },
    options?: PruneOptions,
  ) => Promise<PrunedImages>;
}

export function openImages(context: Context): Images {
  async function* load(...args: Parameters<Images["load"]>) {
    yield* (await import("./images/load.js")).load(context, ...args);
  }
  return {
    list: async () => {
      const [{ listImages }, { store }] = await Promise.all([import("../oci/list.js"), context.images()]);
      return listImages(store);
    },
    find: async (...args) => (await import("./images/inspect.js")).find(context, ...args),
    inspect: async (...args) => (await import("./images/inspect.js")).inspect(context, ...args),
    descendants: async (image) => {
      const [{ findDescendants }, { store }] = await Promise.all([
        import("../oci/descendants.js"),
        context.images(),
      ]);
      return findDescendants(store, image);
    },
    history: async (...args) => (await import("./images/history.js")).history(context, ...args),
    pull: (...args) =>
      abortable(args[1]?.signal, async () => (await import("./images/pull.js")).pull(context, ...args)),
    remoteTags: (...args) =>
      abortable(args[1], async () => (await import("./images/remote-tags.js")).remoteTags(context, ...args)),
    pushTargets: async (...args) => (await import("./images/push.js")).pushTargets(context, ...args),
    push: (...args) =>
      abortable(args[1]?.signal, async () => (await import("./images/push.js")).push(context, ...args)),
    load: (input, options) => resultsUntil(options?.signal, load(input, options)),
    save: (...args) =>
      abortable(args[2]?.signal, async () =>
        resultsUntil(args[2]?.signal, await (await import("./images/save.js")).save(context, ...args)),
      ),
    import: (...args) =>
      abortable(args[1]?.signal, async () =>
        (await import("./images/import.js")).importTar(context, ...args),
      ),
    tag: async (...args) => (await import("./images/tag.js")).tag(context, ...args),
    remove: (...args) =>
      abortable(args[1]?.signal, async () => (await import("./images/remove.js")).remove(context, ...args)),
    prune: (...args) =>
      abortable(args[1]?.signal, async () => (await import("./images/prune.js")).prune(context, ...args)),
  };
}
