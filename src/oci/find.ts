import { BoxError } from "../errors.js";
import { quote } from "../config/syntax/quote.js";
import { formatPlatform, hostPlatform, isFor, type Platform } from "../config/syntax/platform.js";
import { formatReference, isDigest, parseReference, type Reference } from "../config/syntax/reference.js";
import { takeInventory, type Inventory, type StoredImage, type StoredTag } from "./store/inventory.js";
import type { ImageRecord } from "./store/record.js";
import type { Store } from "./store/store.js";

export interface FoundImage extends StoredImage {
  record: ImageRecord;
  /** The reference it was named by; undefined when it was named by its id. */
  named?: StoredTag;
}

interface Found {
  /** One, or of an index several. */
  images: FoundImage[];
  named?: StoredTag;
}

export const isReadable = (image: StoredImage): image is FoundImage => image.record !== undefined;

/** Digits of an id or digest, or their beginning. */
function digitsOf(word: string): string | undefined {
  return /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(word)?.[1];
}

function parse(word: string): Reference | undefined {
  try {
    return parseReference(word);
  } catch {
    return undefined;
  }
}

/** Images of an inventory by their digests, without those that are of no use. */
export function pick({ images }: Inventory, digests: readonly string[]): FoundImage[] {
  const byDigest = new Map(images.map((image) => [image.digest, image]));
  return digests.flatMap((digest) => {
    const image = byDigest.get(digest);
    return image && isReadable(image) ? [image] : [];
  });
}

function byReference(inventory: Inventory, reference: Reference): Found | undefined {
  const { digest, domain, path } = reference;
  const named = inventory.tags.find(({ parsed, images, target }) =>
    digest === undefined
      ? formatReference(parsed) === formatReference(reference)
      : parsed.domain === domain &&
        parsed.path === path &&
        (target === digest || images.some((image) => image === digest)),
  );
  if (!named) return undefined;
  const images = pick(inventory, digest === undefined || digest === named.target ? named.images : [digest]);
  return images.length > 0 ? { images, named } : undefined;
}

function byId(inventory: Inventory, word: string, digits: string): Found | undefined {
  const images = inventory.images
    .filter(isReadable)
    .filter(({ digest, record }) => [digest, record.id].some((id) => id.startsWith(`sha256:${digits}`)));
  if (new Set(images.map(({ record }) => record.id)).size < 2)
    return images.length > 0 ? { images } : undefined;
  throw new BoxError("ambiguous-image", `${quote(word)} is the beginning of ${images.length} image ids`, {
    hint: "write more of the id, or the image's name",
  });
}

/**
 * All images of an inventory that a word of the user's means: a reference, `name@digest`, an id or its beginning.
 * @throws BoxError no-such-image, ambiguous-image, invalid-reference
 */
export function findAll(inventory: Inventory, word: string): Found {
  const digits = digitsOf(word);
  // An archive may name an image as a digest looks.
  const reference = isDigest(word) ? undefined : parse(word);
  const found =
    (reference && byReference(inventory, reference)) ??
    (digits === undefined ? undefined : byId(inventory, word, digits));
  if (found) return found;
  // What is neither id nor reference is refused with the reason.
  if (digits === undefined && !reference) parseReference(word);
  const name = reference ? formatReference(reference) : word;
  throw new BoxError("no-such-image", `no such image: ${name.slice(0, 300)}`);
}

/** The image for a platform; without one the host's, else the one that was pulled last. */
export function choosePlatform(
  images: readonly FoundImage[],
  { platform, named }: Choice,
): FoundImage | undefined {
  const fitting = (wanted: Platform) => images.find(({ record }) => isFor(record.platform, wanted));
  if (platform) return fitting(platform);
  return fitting(hostPlatform()) ?? images.find(({ digest }) => digest === named?.image) ?? images[0];
}

interface Choice {
  platform?: Platform | undefined;
  named?: StoredTag | undefined;
}

/**
 * The one image that a word of the user's means: of an index that for a platform, without one the host's.
 * @throws BoxError platform-missing, and as `findAll`
 */
export function findIn(inventory: Inventory, word: string, platform?: Platform): FoundImage {
  const { images, named } = findAll(inventory, word);
  const image = choosePlatform(images, { platform, named });
  if (image) return { ...image, ...(named ? { named } : {}) };
  throw noPlatform(
    word,
    platform ?? hostPlatform(),
    images.map(({ record }) => record.platform),
  );
}

/** What is said when the image for a platform is not among those that are here. */
export function noPlatform(word: string, platform: Platform, here: readonly string[]): BoxError {
  const wanted = formatPlatform(platform);
  return new BoxError("platform-missing", `image ${word.slice(0, 300)} for ${wanted} is not on this host`, {
    hint: `here are ${here.join(", ")}`,
    detail: { platform: wanted },
  });
}

/** The image here that a word of the user's means. @throws as `findIn` */
export async function findStored(store: Store, word: string, platform?: Platform): Promise<FoundImage> {
  return findIn(await takeInventory(store), word, platform);
}
