import { BoxError } from "../errors.js";
import { quote } from "../config/syntax/quote.js";
import { formatPlatform, hostPlatform, isFor, type Platform } from "../config/syntax/platform.js";
import {
  familiarReference,
  formatReference,
  imageDigits,
  isDigest,
  parseReference,
  type Reference,
} from "../config/syntax/reference.js";
import {
  isListed,
  takeInventory,
  type Inventory,
  type StoredImage,
  type StoredTag,
} from "./store/inventory.js";
import type { ImageRecord } from "./store/record.js";
import type { Store } from "./store/store.js";

export interface FoundImage extends StoredImage {
  record: ImageRecord;
  /** The reference that it was found by; undefined if it was found by ID. */
  named?: StoredTag;
}

interface Found {
  /** One image, or several of an index. */
  images: FoundImage[];
  named?: StoredTag;
}

export const isReadable = (image: StoredImage): image is FoundImage => image.record !== undefined;

export function parseIfValid(word: string): Reference | undefined {
  try {
    return parseReference(word);
  } catch {
    return undefined;
  }
}

/** Returns the images with the given digests, without unreadable ones. */
export function pick({ images }: Inventory, digests: readonly string[]): FoundImage[] {
  const byDigest = new Map(images.map((image) => [image.digest, image]));
  return digests.flatMap((digest) => {
    const image = byDigest.get(digest);
    return image && isReadable(image) ? [image] : [];
  });
}

function byReference(inventory: Inventory, reference: Reference): Found | undefined {
  const { digest, domain, path } = reference;
  const named = inventory.tags.find(({ parsed, images, target, registryDigest }) =>
    digest === undefined
      ? formatReference(parsed) === formatReference(reference)
      : parsed.domain === domain &&
        parsed.path === path &&
        (target === digest || registryDigest === digest || images.some((image) => image === digest)),
  );
  if (!named) return undefined;
  const images = pick(
    inventory,
    digest === undefined || [named.target, named.registryDigest].includes(digest) ? named.images : [digest],
  );
  return images.length > 0 ? { images, named } : undefined;
}

function byId(inventory: Inventory, word: string, digits: string): Found | undefined {
  const images = inventory.images
    .filter(isReadable)
    .filter(isListed)
    .filter(({ digest, record }) => [digest, record.id].some((id) => id.startsWith(`sha256:${digits}`)));
  if (new Set(images.map(({ record }) => record.id)).size < 2)
    return images.length > 0 ? { images } : undefined;
  throw new BoxError("ambiguous-image", `${quote(word)} matches ${images.length} image IDs`, {
    hint: "use more digits of the ID, or the image's name",
  });
}

/**
 * Finds the images that a user's argument refers to: a reference, `name@digest`, an ID or the beginning of one.
 * @throws BoxError no-such-image, ambiguous-image, invalid-reference
 */
export function findAll(inventory: Inventory, word: string): Found {
  const digits = imageDigits(word);
  // An archive may give an image a name that looks like a digest, so do not parse digests as references.
  const reference = isDigest(word) ? undefined : parseIfValid(word);
  const found =
    (reference && byReference(inventory, reference)) ??
    (digits === undefined ? undefined : byId(inventory, word, digits));
  if (found) return found;
  // Throws the reason if it is neither an ID nor a reference.
  if (digits === undefined && !reference) parseReference(word);
  const name = reference ? familiarReference(reference) : word;
  throw new BoxError("no-such-image", `No such image: ${name.slice(0, 300)}`);
}

/** Chooses the image for a platform; by default the one for the host's, or else the one that was pulled last. */
export function choosePlatform(
  images: readonly FoundImage[],
  { platform, named }: Choice,
): FoundImage | undefined {
  const matching = (wanted: Platform) => images.find(({ record }) => isFor(record.platform, wanted));
  if (platform) return matching(platform);
  return matching(hostPlatform()) ?? images.find(({ digest }) => digest === named?.image) ?? images[0];
}

interface Choice {
  platform?: Platform | undefined;
  named?: StoredTag | undefined;
}

/**
 * Finds the single image that a user's argument refers to.
 * @param platform of the image in an index; default: see `choosePlatform`
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

/** Returns the error for a platform that an image does not have on this host. */
export function noPlatform(word: string, platform: Platform, here: readonly string[]): BoxError {
  const wanted = formatPlatform(platform);
  return new BoxError("platform-missing", `image ${word.slice(0, 300)} for ${wanted} is not on this host`, {
    hint: `available platforms: ${here.join(", ")}`,
    detail: { platform: wanted },
  });
}

/** Finds the single image in the store that a user's argument refers to. @throws as `findIn` */
export async function findStored(store: Store, word: string, platform?: Platform): Promise<FoundImage> {
  return findIn(await takeInventory(store), word, platform);
}
