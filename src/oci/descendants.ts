import { BoxError } from "../errors.js";
import { findAll, isReadable } from "./find.js";
import { takeInventory } from "./store/inventory.js";
import { readParent } from "./store/parent.js";
import type { Store } from "./store/store.js";

/**
 * Finds the images that a reference or ID refers to, under whichever name, and those committed from them.
 * @returns the digests of their manifests; undefined if the store has no such image
 * @throws BoxError ambiguous-image, invalid-reference
 */
export async function findDescendants(store: Store, word: string): Promise<Set<string> | undefined> {
  const inventory = await takeInventory(store);
  let ids: Set<string>;
  try {
    ids = new Set(findAll(inventory, word).images.map(({ record }) => record.id));
  } catch (error) {
    if (error instanceof BoxError && error.code === "no-such-image") return undefined;
    throw error;
  }
  const images = inventory.images.filter(isReadable);
  const found = new Set(images.filter(({ record }) => ids.has(record.id)).map(({ digest }) => digest));
  const children = new Map<string, string[]>();
  for (const { digest } of images) {
    const parent = await readParent(store, digest);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), digest]);
  }
  // The set grows while it is iterated over.
  for (const digest of found) for (const child of children.get(digest) ?? []) found.add(child);
  return found;
}
