import { choosePlatform, findAll, noPlatform, type FoundImage } from "../find.js";
import type { Platform } from "../../config/syntax/platform.js";
import { formatReference, type Reference } from "../../config/syntax/reference.js";
import { lease } from "../store/lease.js";
import { takeInventory, type Inventory } from "../store/inventory.js";
import type { Store } from "../store/store.js";

/** What is saved together under the same names: an image, or those of an index that are wanted. */
export interface ImageToSave {
  images: FoundImage[];
  names: Reference[];
}

/** An image that is wanted. */
interface Wanted {
  /** Its reference, its id, or the beginning of it. */
  word: string;
  /** Of an index, those to save; all that are here when none is named. */
  platforms: readonly Platform[];
}

function findOne(inventory: Inventory, word: string, platforms: readonly Platform[]): ImageToSave {
  const { images, named } = findAll(inventory, word);
  const names = named && named.parsed.digest === undefined && !word.includes("@") ? [named.parsed] : [];
  // Of an id it is one: manifests with the same configuration are the same image.
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

/** What words mean, each once, with all the names that it was asked for by. */
function find(inventory: Inventory, wanted: readonly Wanted[]): ImageToSave[] {
  const found = new Map<string, ImageToSave>();
  for (const { word, platforms } of wanted) {
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
 * The images that are to be saved, leased as `lease` does.
 * @throws BoxError invalid-reference, no-such-image, ambiguous-image, platform-missing
 */
export async function findToSave(store: Store, wanted: readonly Wanted[]): Promise<ImageToSave[]> {
  const seen = find(await takeInventory(store), wanted);
  await lease(
    store,
    seen.flatMap(({ images }) => images.map(({ digest }) => digest)),
  );
  // Only now nothing of it can go.
  return find(await takeInventory(store), wanted);
}
