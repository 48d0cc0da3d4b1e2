import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../errors.js";
import { REMOVAL, sweepLeases } from "./lease.js";
import {
  layersOf,
  ownBytes,
  takeInventory,
  type Inventory,
  type StoredImage,
  type StoredTag,
} from "./inventory.js";
import { lock } from "../../host/lock.js";
import {
  hex,
  leasesFolder,
  imageFolder,
  indexFile,
  layerFiles,
  layersFolder,
  lockFile,
  tagFile,
} from "./paths.js";
import { markRemoved } from "./removed.js";
import { readTag, writeTag } from "./tags.js";
import { createWorkspace, type Workspace } from "./workspace.js";
import { findGone } from "./gone.js";
import { forgetUnpacked } from "./unpacked.js";
import type { Store } from "./store.js";

/** Selection of what to remove. */
export interface RemovalPlan {
  tags?: StoredTag[];
  images?: StoredImage[];
  /** Whether to remove the layers that no image has, which failed pulls have left behind. */
  strayLayers?: boolean;
}

export interface RemovedTag extends StoredTag {
  /** ID of its image: the digest of the configuration, or of the manifest if the configuration is unreadable. */
  id: string;
}

export interface Removed {
  tags: RemovedTag[];
  images: StoredImage[];
  /** IDs of the images, and the chain IDs of their layers, that the store no longer has; by the image's digest. */
  gone: ReadonlyMap<string, readonly string[]>;
  /** References that remain. */
  left: readonly StoredTag[];
  /** Space freed, in bytes. */
  bytes: number;
}

/** The contents of the store, and what is in use. */
export interface StoreUsage extends Inventory {
  /** Returns whether a box needs an image, or a process is about to use it. */
  isUsed: (image: StoredImage) => boolean;
  /** Returns whether a process is about to use an image; then it is never removed. */
  isLeased: (image: StoredImage) => boolean;
}

async function moveIfExists(path: string, target: string): Promise<void> {
  await rename(path, target).catch((error: unknown) => {
    if (errnoOf(error) !== "ENOENT") throw error;
  });
}

/** Removes a tag, unless a pull has just moved it to something else. */
async function removeTag(store: Store, { parsed, target, image }: StoredTag): Promise<void> {
  const now = await readTag(store, parsed);
  if (now?.target === target && now.image === image) await rm(tagFile(store, parsed), { force: true });
}

/** A tag refers to the image that was pulled last; if that is removed, moves the tag to another of its images. */
async function moveTags(
  store: Store,
  workspace: Workspace,
  tags: readonly StoredTag[],
  removed: ReadonlySet<string>,
): Promise<void> {
  for (const { parsed, target, image, images } of tags) {
    const other = removed.has(image) ? images.find((digest) => !removed.has(digest)) : undefined;
    const now = other === undefined ? undefined : await readTag(store, parsed);
    if (other !== undefined && now?.target === target && now.image === image)
      await writeTag(store, workspace, parsed, { ...now, image: other });
  }
}

/** Removes the indexes that no reference needs, unless a process is about to use them. @returns bytes freed */
async function removeIndexes(
  store: Store,
  { tags, indexes }: Inventory,
  kept: ReadonlySet<string>,
): Promise<number> {
  const needed = new Set(tags.flatMap((tag) => tag.indexes.map(hex)));
  let bytes = 0;
  for (const [digits, size] of indexes) {
    if (needed.has(digits) || kept.has(digits)) continue;
    await rm(indexFile(store, digits), { force: true });
    bytes += size;
  }
  return bytes;
}

/**
 * Removes tags and images, and their layers and indexes that nothing else needs. Keeps what a process is about to use;
 * no other process removes anything at the same time. Images are moved away first, so readers find an image either
 * complete or not at all. Images that boxes need are only marked as removed.
 * @param usedByBoxes returns the digests of the images that boxes need; called when no other process can remove images
 * @param choose decides what to remove; its errors are passed on
 * @throws the reason of the store's signal, before anything is removed
 */
export async function removeFromStore(
  store: Store,
  usedByBoxes: () => Promise<ReadonlySet<string>>,
  choose: (usage: StoreUsage) => RemovalPlan,
): Promise<Removed> {
  const removal = await lock(lockFile(store, REMOVAL), undefined, store.signal);
  const workspace = await createWorkspace(store).catch(async (error: unknown) => {
    await removal.release();
    throw error;
  });
  try {
    // Leases first, then boxes: a command that creates a box leases the image until the box refers to it.
    const leased = await sweepLeases(leasesFolder(store));
    const used = await usedByBoxes();
    const inventory = await takeInventory(store);
    store.signal?.throwIfAborted();
    const isLeased = ({ digest }: StoredImage) => leased.has(hex(digest));
    const {
      tags = [],
      images = [],
      strayLayers = false,
    } = choose({
      ...inventory,
      isLeased,
      isUsed: (image) => isLeased(image) || used.has(image.digest),
    });
    for (const tag of tags) await removeTag(store, tag);
    const unleased = images.filter((image) => !isLeased(image));
    const gone = await findGone(store, inventory.images, unleased, used);
    const kept = unleased.filter(({ digest }) => used.has(digest));
    for (const { digest } of kept) await markRemoved(store, digest);
    const late = inventory.images.filter(
      (image) => image.removed && !unleased.includes(image) && !used.has(image.digest) && !isLeased(image),
    );
    const taken = new Set([...unleased.filter((image) => !kept.includes(image)), ...late]);
    for (const { digest } of taken) {
      await moveIfExists(imageFolder(store, digest), join(workspace.folder, `image-${hex(digest)}`));
    }
    const removed = new Set(unleased.map(({ digest }) => digest));
    const left = { ...inventory, tags: inventory.tags.filter((tag) => !tags.includes(tag)) };
    await moveTags(store, workspace, left.tags, removed);
    const needed = new Set(inventory.images.filter((image) => !taken.has(image)).flatMap(layersOf));
    const candidates = strayLayers ? [...inventory.layers.keys()] : [...taken].flatMap(layersOf);
    const layers = new Set(candidates.filter((digits) => !needed.has(digits) && !leased.has(digits)));
    await mkdir(join(workspace.folder, "layers"));
    for (const digits of layers) {
      const from = layerFiles(layersFolder(store), digits);
      const to = layerFiles(join(workspace.folder, "layers"), digits);
      await moveIfExists(from.entries, to.entries);
      await moveIfExists(from.tar, to.tar);
    }
    await forgetUnpacked(store, layers);
    const bytes = [...layers].reduce(
      (sum, digits) => sum + (inventory.layers.get(digits) ?? 0),
      await removeIndexes(store, left, leased),
    );
    const idOf = (image: string) =>
      inventory.images.find(({ digest }) => digest === image)?.record?.id ?? image;
    return {
      tags: tags.map((tag) => ({ ...tag, id: idOf(tag.image) })),
      images: unleased,
      gone,
      left: left.tags,
      bytes: [...taken].reduce((sum, image) => sum + ownBytes(image), bytes),
    };
  } finally {
    await removal.release();
    await workspace.remove();
  }
}
