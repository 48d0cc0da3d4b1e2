import { join } from "node:path";
import { hostPlatform, isFor, type Platform } from "../../config/syntax/platform.js";
import { indexesFolder, indexFile } from "./paths.js";
import { listImageDigests, readRecord, type ImageRecord } from "./record.js";
import type { Tag } from "./tags.js";
import { exists, namesIn, statIfExists } from "../../host/read.js";
import type { Store } from "./store.js";

/** The target of a reference. */
export type ResolvedTag = Pick<Tag, "target" | "image">;

/** Returns whether the store has the index of a reference, if it refers to one. Old versions of box stored none. */
export async function hasIndex(store: Store, { target, image }: ResolvedTag): Promise<boolean> {
  if (target === image) return true;
  return exists(indexFile(store, target));
}

/**
 * Finds the image for a platform among those of a reference that are in the store, complete or not.
 * @param platform by default the host's, or that of the only image that the reference has
 */
export async function findMember(
  store: Store,
  { target, image }: ResolvedTag,
  platform?: Platform,
): Promise<{ digest: string; record: ImageRecord } | undefined> {
  const look = async (digest: string) => {
    const record = await readRecord(store, digest);
    const isOnly = platform === undefined && digest === target;
    return record && (isOnly || isFor(record.platform, platform ?? hostPlatform()))
      ? { digest, record }
      : undefined;
  };
  // Usually it is the one that was pulled last; then nothing else has to be read.
  const last = await look(image);
  if (last) return last;
  const { readMembers } = await import("./indexes.js");
  const here = new Set(await listImageDigests(store));
  for (const digest of (await readMembers(store, target)).manifests) {
    const found = digest !== image && here.has(digest) ? await look(digest) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** Returns the size of each index in the store in bytes, by the hexadecimal digits of its digest. */
export async function measureIndexes(store: Store): Promise<Map<string, number>> {
  const names = await namesIn(indexesFolder(store));
  const sizes = await Promise.all(
    names.map(async (name): Promise<[string, number][]> => {
      const [, digits] = /^([0-9a-f]{64})\.json$/.exec(name) ?? [];
      const file = digits && (await statIfExists(join(indexesFolder(store), name)));
      return digits && file ? [[digits, file.size]] : [];
    }),
  );
  return new Map(sizes.flat());
}
