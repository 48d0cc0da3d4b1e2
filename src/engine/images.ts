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

export type { PullEvent } from "../oci/pull/event.js";

/**
 * The verbs of images. Each loads its own code when it is first called. An image in a file or folder may be named to all
 * but `remoteTags` and `push`; it is brought into the store first.
 */
export interface Images {
  /** All images, the newest first: one for each reference, and those that no reference stands for. */
  list: () => Promise<ListedImage[]>;
  /** @throws BoxError no-such-image, ambiguous-image, platform-missing */
  find: (word: string, platform?: Platform) => Promise<FoundImage>;
  /** @throws BoxError no-such-image, ambiguous-image, platform-missing, bad-image */
  inspect: (word: string, platform?: Platform) => Promise<InspectedImage>;
  /** @throws BoxError no-such-image, ambiguous-image, platform-missing, bad-image */
  history: (word: string, platform?: Platform) => Promise<ImageHistory>;
  /** @throws BoxError invalid-reference, image-not-found, access-denied, registry-…, signature-… */
  pull: (reference: string, options?: PullOptions) => Promise<Image>;
  /** References of all tags that a registry has of a repository. @throws BoxError image-not-found, registry-… */
  remoteTags: (repository: string, signal?: AbortSignal) => Promise<string[]>;
  /** What `push` has to be called with. @throws BoxError invalid-reference, image-missing */
  pushTargets: (reference: string, options?: { allTags?: boolean | undefined }) => Promise<PushTargets>;
  /** @throws BoxError invalid-reference, image-missing, image-damaged, access-denied, registry-… */
  push: (reference: string, options?: PushOptions) => Promise<Pushed>;
  /** Each image of an archive when it is there. @throws BoxError bad-archive, platform-missing */
  load: (input: string | Readable, options?: LoadOptions) => AsyncIterable<Loaded>;
  /** An archive of images. @throws BoxError no-such-image, ambiguous-image, platform-missing, image-damaged */
  save: (
    words: readonly string[],
    platforms?: readonly Platform[],
    options?: SaveOptions,
  ) => Promise<AsyncIterable<Uint8Array>>;
  /** @throws BoxError invalid-file, invalid-url, download-failed, bad-layer */
  import: (source: ImportSource, options?: ImportOptions) => Promise<Image>;
  /** @throws BoxError invalid-reference, no-such-image, ambiguous-image */
  tag: (word: string, name: string) => Promise<void>;
  /** @throws BoxError no-such-image, ambiguous-image, platform-missing, image-in-use */
  remove: (word: string, options?: RemoveImageOptions) => Promise<Deletion[]>;
  /** Removes what nothing needs. */
  prune: (
    filter?: PruneFilter & { all?: boolean | undefined },
    options?: PruneOptions,
  ) => Promise<PrunedImages>;
}

export function openImages(context: Context): Images {
  async function* load(...words: Parameters<Images["load"]>) {
    yield* (await import("./images/load.js")).load(context, ...words);
  }
  return {
    list: async () => {
      const [{ listImages }, { store }] = await Promise.all([import("../oci/list.js"), context.images()]);
      return listImages(store);
    },
    find: async (...words) => (await import("./images/inspect.js")).find(context, ...words),
    inspect: async (...words) => (await import("./images/inspect.js")).inspect(context, ...words),
    history: async (...words) => (await import("./images/history.js")).history(context, ...words),
    pull: (...words) =>
      abortable(words[1]?.signal, async () => (await import("./images/pull.js")).pull(context, ...words)),
    remoteTags: (...words) =>
      abortable(words[1], async () =>
        (await import("./images/remote-tags.js")).remoteTags(context, ...words),
      ),
    pushTargets: async (...words) => (await import("./images/push.js")).pushTargets(context, ...words),
    push: (...words) =>
      abortable(words[1]?.signal, async () => (await import("./images/push.js")).push(context, ...words)),
    load: (input, options) => resultsUntil(options?.signal, load(input, options)),
    save: (...words) =>
      abortable(words[2]?.signal, async () =>
        resultsUntil(words[2]?.signal, await (await import("./images/save.js")).save(context, ...words)),
      ),
    import: (...words) =>
      abortable(words[1]?.signal, async () =>
        (await import("./images/import.js")).importTar(context, ...words),
      ),
    tag: async (...words) => (await import("./images/tag.js")).tag(context, ...words),
    remove: (...words) =>
      abortable(words[1]?.signal, async () => (await import("./images/remove.js")).remove(context, ...words)),
    prune: (...words) =>
      abortable(words[1]?.signal, async () => (await import("./images/prune.js")).prune(context, ...words)),
  };
}
