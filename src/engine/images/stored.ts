import { isFileReference } from "../../config/syntax/file-reference.js";
import type { Platform } from "../../config/syntax/platform.js";
import { withLeases } from "../../oci/store/lease.js";
import type { Store } from "../../oci/store/store.js";
import type { Context } from "../context.js";

/** An image by the word that the store knows it by. */
export interface StoredWord {
  word: string;
  /** The platforms that are wanted of it; all when none is named. */
  platforms: readonly Platform[];
}

/**
 * What the store knows an image by: one in a file by its digest, after it has been brought into the store. It is leased
 * there as `lease` does. Any other word is what it was.
 * @param pull whether an image that is not in the store yet may come
 * @throws BoxError image-missing (pull is never), and as `ensureImage`
 */
export async function storedWords(
  context: Context,
  store: Store,
  word: string,
  { platforms = [], pull }: { platforms?: readonly Platform[] | undefined; pull: "missing" | "never" },
): Promise<StoredWord[]> {
  if (!isFileReference(word)) return [{ word, platforms }];
  const [{ ensureImage }, { cache }] = await Promise.all([import("./ensure.js"), context.images()]);
  const wanted = platforms.length > 0 ? platforms : [undefined];
  const found: StoredWord[] = [];
  for (const platform of wanted) {
    const options = { cache, pull, platform, onProgress: () => undefined };
    found.push({ word: (await ensureImage(store, word, options)).digest, platforms: [] });
  }
  return found;
}

/** Works with the image that a word means, wherever it is. @throws as `storedWords`, and what `work` throws */
export function withStored<T>(
  context: Context,
  word: string,
  platform: Platform | undefined,
  work: (store: Store, word: string) => Promise<T>,
): Promise<T> {
  return context.images().then(({ store }) =>
    withLeases(store, undefined, async (held) => {
      const platforms = platform ? [platform] : [];
      const [stored] = await storedWords(context, held, word, { platforms, pull: "missing" });
      return work(held, stored?.word ?? word);
    }),
  );
}
