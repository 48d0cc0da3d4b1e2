import { isFileReference } from "../../config/syntax/file-reference.js";
import type { Platform } from "../../config/syntax/platform.js";
import { withLeases } from "../../oci/store/lease.js";
import type { Store } from "../../oci/store/store.js";
import type { Context } from "../context.js";

/** A reference, ID or digest under which the store finds an image. */
export interface StoredWord {
  word: string;
  /** Requested platforms; empty means all. */
  platforms: readonly Platform[];
}

/**
 * Resolves an image in a file to its digest, after storing it with a lease. Returns any other name unchanged.
 * @param pull whether to store an image that is not in the store yet
 * @throws BoxError image-missing (if `pull` is `never`), and as `ensureImage`
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

/** Calls `work` with an image in the store or in a file. @throws as `storedWords`, and errors of `work` */
export function withStored<T>(
  context: Context,
  word: string,
  platform: Platform | undefined,
  work: (store: Store, word: string) => Promise<T>,
): Promise<T> {
  return context.images().then(({ store }) =>
    withLeases(store, undefined, async (leased) => {
      const platforms = platform ? [platform] : [];
      const [stored] = await storedWords(context, leased, word, { platforms, pull: "missing" });
      return work(leased, stored?.word ?? word);
    }),
  );
}
