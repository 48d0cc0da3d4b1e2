import type { Image } from "../image.js";
import type { Platform } from "../../config/syntax/platform.js";
import { formatReference, type Reference } from "../../config/syntax/reference.js";
import { LIMITS, type Limits } from "../registry/failure.js";
import { askDigest } from "../registry/head.js";
import { lease } from "../store/lease.js";
import { findMember, hasIndex } from "../store/members.js";
import { readWholeRecord, toImage, touchImage } from "../store/record.js";
import { noteRegistryDigest, readTag } from "../store/tags.js";
import type { Store } from "../store/store.js";

/**
 * Returns and leases the image that a reference refers to, if the store has all of it for the platform.
 * @param target the digest that the registry has for the reference
 */
export async function findWhole(
  store: Store,
  reference: Reference,
  target: string,
  platform?: Platform,
): Promise<Image | undefined> {
  const tag = await readTag(store, reference);
  const found = tag?.target === target ? await findMember(store, tag, platform) : undefined;
  if (!tag || !found) return undefined;
  await lease(store, [target, found.digest]);
  const record = (await hasIndex(store, tag)) ? await readWholeRecord(store, found.digest) : undefined;
  if (!record) return undefined;
  await touchImage(store, found.digest);
  await noteRegistryDigest(store, reference, target, target);
  return toImage(store, formatReference(reference), found.digest, record);
}

export interface CurrentOptions {
  /** Default: the host's, or that of the only image. */
  platform?: Platform | undefined;
  limits?: Limits;
  /** Whether content with this digest may be used without verifying it again. */
  trusts?: ((digest: string) => Promise<boolean>) | undefined;
}

/**
 * Returns the image in the store if it is up to date. A reference with a digest always is; for a tag, the registry is
 * asked for the digest. The rest of the code for pulls is not loaded.
 */
export async function findCurrent(
  store: Store,
  reference: Reference,
  { platform, limits = LIMITS, trusts }: CurrentOptions = {},
): Promise<Image | undefined> {
  const tag = await readTag(store, reference);
  if (!tag || (trusts && !(await trusts(tag.target)))) return undefined;
  if (reference.digest !== undefined) return findWhole(store, reference, reference.digest, platform);
  const found = await findMember(store, tag, platform);
  if (!found) return undefined;
  // Check the store while the registry responds.
  const [stated, record, indexed] = await Promise.all([
    askDigest(store.home, reference, limits, store.signal),
    readWholeRecord(store, found.digest),
    hasIndex(store, tag),
  ]);
  // Lease the image only if the tag still refers to it; otherwise it must remain removable.
  if (stated !== tag.target || !record || !indexed) return undefined;
  return findWhole(store, reference, tag.target, platform);
}
