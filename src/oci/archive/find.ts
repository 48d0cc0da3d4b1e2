import { choosePlatform, findAll, noPlatform, parseIfValid, type FoundImage } from "../find.js";
import type { Platform } from "../../config/syntax/platform.js";
import { formatReference, isImageId, type Reference } from "../../config/syntax/reference.js";
import { lease } from "../store/lease.js";
import { takeInventory, type Inventory } from "../store/inventory.js";
import type { Store } from "../store/store.js";

/** An image, or the selected images of an index, to save under the same names. */
export interface ImageToSave {
  images: FoundImage[];
  names: Reference[];
}

/** An image that the user asks for. */
interface Wanted {
  /** Its reference, its ID, the beginning of its ID, or a repository. */
  word: string;
  /** Platforms to save of an index; if empty, all that are in the store. */
  platforms: readonly Platform[];
}

/** As in Docker, a repository without a tag stands for all of its tags. */
function expand({ tags }: Inventory, word: string): string[] {
  const isTagged = /[:@]/.test(word.slice(word.lastIndexOf("/") + 1));
  const wanted = isTagged || isImageId(word) ? undefined : parseIfValid(word);
  const named = tags.filter(
    ({ parsed: { domain, path, digest } }) =>
      domain === wanted?.domain && path === wanted.path && digest === undefined,
  );
  return named.length > 0 ? named.map(({ reference }) => reference).sort() : [word];
}

function findOne(inventory: Inventory, word: string, platforms: readonly Platform[]): ImageToSave {
  const { images, named } = findAll(inventory, word);
  const names = named && named.parsed.digest === undefined && !word.includes("@") ? [named.parsed] : [];
  // An ID refers to one image: manifests with the same configuration are the same image.
  if (platforms.length === 0) return { images: named ? images : images.slice(0, 1), names };
  const wanted = platforms.map((platform) => {
    const image = choosePlatform(images, { platform });
    if (image) return image;
    throw noPlatform(
      word,
      platform,
      images.map(({ record }) => record.platform),
    );
  });
  return { images: [...new Set(wanted)], names };
}

/** Returns each image once, with all the names that it was asked for by. */
function find(inventory: Inventory, wanted: readonly Wanted[]): ImageToSave[] {
  const found = new Map<string, ImageToSave>();
  const words = wanted.flatMap(({ word, platforms }) =>
    expand(inventory, word).map((one) => ({ word: one, platforms })),
  );
  for (const { word, platforms } of words) {
    const { images, names } = findOne(inventory, word, platforms);
    const key = images.map(({ digest }) => digest).join();
    const before = found.get(key) ?? { images, names: [] };
    const known = new Set(before.names.map(formatReference));
    before.names.push(...names.filter((name) => !known.has(formatReference(name))));
    found.set(key, before);
  }
  return [...found.values()];
}

/**
 * Finds the images to save, and leases them (see `lease`).
 * @throws BoxError invalid-reference, no-such-image, ambiguous-image, platform-missing
 */
export async function findToSave(store: Store, wanted: readonly Wanted[]): Promise<ImageToSave[]> {
  const seen = find(await takeInventory(store), wanted);
  await lease(
    store,
    seen.flatMap(({ images }) => images.map(({ digest }) => digest)),
  );
  // Now that they are leased, none of them can be removed.
  return find(await takeInventory(store), wanted);
}
