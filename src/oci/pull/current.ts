import type { Image } from "../image.js";
import { hostPlatform, type Platform } from "../../config/syntax/platform.js";
import { formatReference, type Reference } from "../../config/syntax/reference.js";
import { LIMITS, type Limits } from "../registry/failure.js";
import { askDigest } from "../registry/head.js";
import { hold } from "../store/hold.js";
import { findMember, hasIndex } from "../store/members.js";
import { readWholeRecord, toImage, touchImage } from "../store/record.js";
import { readTag } from "../store/tags.js";
import type { Store } from "../store/store.js";

/** The image that a reference stands for here already, whole and for the platform. It is held from then on. */
export async function findWhole(
  store: Store,
  reference: Reference,
  target: string,
  platform: Platform,
): Promise<Image | undefined> {
  const tag = await readTag(store, reference);
  const found = tag?.target === target ? await findMember(store, tag, platform) : undefined;
  if (!tag || !found) return undefined;
  await hold(store, [target, found.digest]);
  const record = (await hasIndex(store, tag)) ? await readWholeRecord(store, found.digest) : undefined;
  if (!record) return undefined;
  await touchImage(store, found.digest);
  return toImage(store, formatReference(reference), found.digest, record);
}

export interface CurrentOptions {
  /** The host's unless said. */
  platform?: Platform | undefined;
  limits?: Limits;
  /** Whether what has a digest may be taken without being asked about again. */
  trusts?: ((digest: string) => Promise<boolean>) | undefined;
}

/**
 * The image that is here, if it is what the registry has: a reference with a digest stands for the same for ever, of a
 * tag the registry is asked for the digest. What a pull needs beyond that is not loaded.
 */
export async function findCurrent(
  store: Store,
  reference: Reference,
  { platform = hostPlatform(), limits = LIMITS, trusts }: CurrentOptions = {},
): Promise<Image | undefined> {
  const tag = await readTag(store, reference);
  if (!tag || (trusts && !(await trusts(tag.target)))) return undefined;
  if (reference.digest !== undefined) return findWhole(store, reference, reference.digest, platform);
  const found = await findMember(store, tag, platform);
  if (!found) return undefined;
  // What is here is looked at while the registry thinks.
  const [stated, record, indexed] = await Promise.all([
    askDigest(store.home, reference, limits, store.signal),
    readWholeRecord(store, found.digest),
    hasIndex(store, tag),
  ]);
  // Held only when it is still the one: what a tag has left behind may have to go.
  if (stated !== tag.target || !record || !indexed) return undefined;
  return findWhole(store, reference, tag.target, platform);
}
