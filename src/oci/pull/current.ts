import type { Image } from "../image.js";
import { formatPlatform, hostPlatform, type Platform } from "../platform.js";
import { formatReference, type Reference } from "../reference.js";
import { LIMITS, type Limits } from "../registry/failure.js";
import { askDigest } from "../registry/head.js";
import { hold } from "../store/hold.js";
import { readWholeRecord, toImage, touchImage } from "../store/record.js";
import { readTag } from "../store/tags.js";

/** The image that a reference stands for here already, whole and for the platform. It is held from then on. */
export async function findWhole(
  reference: Reference,
  target: string,
  platform: Platform,
): Promise<Image | undefined> {
  const tag = await readTag(reference);
  if (tag?.target !== target) return undefined;
  await hold([tag.image]);
  const record = await readWholeRecord(tag.image);
  if (record?.platform !== formatPlatform(platform)) return undefined;
  await touchImage(tag.image);
  return toImage(formatReference(reference), tag.image, record);
}

/**
 * The image that is here, if it is what the registry has: a reference with a digest stands for the same for ever, of a
 * tag the registry is asked for the digest. What a pull needs beyond that is not loaded.
 */
export async function findCurrent(
  reference: Reference,
  { platform = hostPlatform(), limits = LIMITS }: { platform?: Platform | undefined; limits?: Limits } = {},
): Promise<Image | undefined> {
  if (reference.digest !== undefined) return findWhole(reference, reference.digest, platform);
  const tag = await readTag(reference);
  const record = tag && (await readWholeRecord(tag.image));
  if (record?.platform !== formatPlatform(platform)) return undefined;
  // Held only when it is still the one: what a tag has left behind may have to go.
  if ((await askDigest(reference, limits)) !== tag?.target) return undefined;
  return tag && findWhole(reference, tag.target, platform);
}
