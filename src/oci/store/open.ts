import { lease } from "./lease.js";
import { findDamage, readRecord, touchImage, type ImageRecord } from "./record.js";
import type { Store } from "./store.js";

/** An image in the store, which is leased. */
export interface Opened {
  record: ImageRecord;
  /** Path of a missing or damaged file of the image. */
  damaged: string | undefined;
}

/**
 * Leases an image, and marks it as used.
 * @param others digests to lease with it, such as that of its index
 * @returns undefined if the store does not have it: it may have been removed before it was leased
 */
export async function openStored(
  store: Store,
  digest: string,
  others: readonly string[] = [],
): Promise<Opened | undefined> {
  await lease(store, [...others, digest]);
  const record = await readRecord(store, digest);
  if (!record) return undefined;
  const [damaged] = await Promise.all([findDamage(store, record), touchImage(store, digest)]);
  return { record, damaged };
}
