import { BoxError } from "../../errors.js";
import { choosePlatform, noPlatform, pick, type FoundImage } from "../find.js";
import { formatPlatform, hostPlatform, type Platform } from "../../config/syntax/platform.js";
import { familiarName, formatReference, type Reference } from "../../config/syntax/reference.js";
import { readIndex, type StoredIndex } from "../store/indexes.js";
import type { Inventory, StoredTag } from "../store/inventory.js";
import { imageFolder } from "../store/paths.js";
import { damaged } from "./local-image.js";
import type { Store } from "../store/store.js";

type Entry = StoredIndex["index"]["manifests"][number];

/** The parts of the image or index that a tag refers to. */
export interface Parts {
  tag: StoredTag;
  /** In the order of the index. */
  images: FoundImage[];
  /** By digest; empty if the tag refers to a single image, or its index was not kept. */
  indexes: Map<string, StoredIndex>;
  /** Entries of the indexes that are not in the store: images and attestations. */
  absent: Entry[];
}

/** @throws BoxError image-missing */
export function findTag({ tags }: Inventory, reference: Reference): StoredTag {
  const name = formatReference(reference);
  const tag = tags.find((one) => one.reference === name);
  if (tag) return tag;
  throw new BoxError(
    "image-missing",
    `An image does not exist locally with the tag: ${familiarName(reference)}`,
  );
}

export async function readParts(store: Store, inventory: Inventory, tag: StoredTag): Promise<Parts> {
  const images = pick(inventory, tag.images);
  const read = await Promise.all(tag.indexes.map((digest) => readIndex(store, digest)));
  const indexes = new Map(read.flatMap((index) => (index ? [[index.digest, index]] : [])));
  const here = new Set([...images.map(({ digest }) => digest), ...indexes.keys()]);
  const entries = [...indexes.values()].flatMap(({ index }) => index.manifests);
  const absent = new Map(entries.filter(({ digest }) => !here.has(digest)).map((one) => [one.digest, one]));
  return { tag, images, indexes, absent: [...absent.values()] };
}

/** Attestations are listed with the platform unknown/unknown. */
export function isAttestation({ platform }: Entry): boolean {
  return platform?.os === "unknown";
}

/** Returns the name of an entry for messages: its platform, or else its digest. */
export function describeEntry({ platform, digest }: Entry): string {
  return platform ? formatPlatform(platform) : digest;
}

/**
 * Chooses the image to push if the whole index is not pushed, as Docker does: the one for the requested platform, the
 * only one in the store, or the one for the host's platform.
 * @throws BoxError platform-missing, image-damaged
 */
export function chooseAlone(
  store: Store,
  { tag, images }: Parts,
  platform: Platform | undefined,
): FoundImage {
  if (images.length === 0) throw damaged(tag.reference, imageFolder(store, tag.image));
  const wanted = platform ?? (images.length > 1 ? hostPlatform() : undefined);
  const image = wanted ? choosePlatform(images, { platform: wanted }) : images[0];
  if (image) return image;
  throw noPlatform(
    tag.reference,
    wanted ?? hostPlatform(),
    images.map(({ record }) => record.platform),
  );
}
