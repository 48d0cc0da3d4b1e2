import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../errors.js";
import { leasedDigests, REMOVAL } from "./lease.js";
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
import { readTag, writeTag } from "./tags.js";
import { createWorkspace, type Workspace } from "./workspace.js";
import { forgetUnpacked } from "./unpacked.js";
import type { Store } from "./store.js";

/** What is to go. */
export interface RemovalPlan {
  tags?: StoredTag[];
  images?: StoredImage[];
  /** Also the layers that no image has: what failed pulls have brought. */
  strayLayers?: boolean;
}

export interface RemovedTag extends StoredTag {
  /** Of the image that it stood for: the configuration's digest, or the manifest's when that cannot be read. */
  id: string;
}

export interface Removed {
  tags: RemovedTag[];
  images: StoredImage[];
  /** Bytes that are free now. */
  bytes: number;
}

/** What is here, and who needs it. */
export interface StoreUsage extends Inventory {
  /** Whether a box needs an image, or a process is about to use it. */
  isUsed: (image: StoredImage) => boolean;
  /** Whether a process is about to use it: whatever is asked for, it stays. */
  isLeased: (image: StoredImage) => boolean;
}

async function moveAway(path: string, place: string): Promise<void> {
  await rename(path, place).catch((error: unknown) => {
    if (errnoOf(error) !== "ENOENT") throw error;
  });
}

/** Removes the name of what is to go, unless a pull has just given it to something else. */
async function removeTag(store: Store, { parsed, target, image }: StoredTag): Promise<void> {
  const now = await readTag(store, parsed);
  if (now?.target === target && now.image === image) await rm(tagFile(store, parsed), { force: true });
}

/** A name stands for the one of its images that was pulled last: when that goes, for another one that stays. */
async function moveTags(
  store: Store,
  workspace: Workspace,
  tags: readonly StoredTag[],
  gone: ReadonlySet<string>,
): Promise<void> {
  for (const { parsed, target, image, images } of tags) {
    const other = gone.has(image) ? images.find((digest) => !gone.has(digest)) : undefined;
    const now = other === undefined ? undefined : await readTag(store, parsed);
    if (other !== undefined && now?.target === target && now.image === image)
      await writeTag(store, workspace, parsed, { target, image: other });
  }
}

/** Removes the indexes that no reference needs any more, and that no process is about to use. */
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
 * Removes tags, images, and those layers and indexes of theirs that nothing else has. Nothing is removed that a process is about
 * to use, and no other process removes anything meanwhile. What goes is moved away first, so a reader finds an image
 * whole or not at all.
 * @param usedByBoxes digests of the images that boxes need; asked once nothing can change under it
 * @param choose decides; what it throws, this throws
 * @throws the reason of the store's signal, before anything is removed
 */
export async function removeFromStore(
  store: Store,
  usedByBoxes: () => Promise<ReadonlySet<string>>,
  choose: (surroundings: StoreUsage) => RemovalPlan,
): Promise<Removed> {
  const removal = await lock(lockFile(store, REMOVAL), undefined, store.signal);
  const workspace = await createWorkspace(store).catch(async (error: unknown) => {
    await removal.release();
    throw error;
  });
  try {
    // First what is held, then what boxes use: a command that makes a box holds the image until the box has it.
    const leased = await leasedDigests(leasesFolder(store));
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
    const going = images.filter((image) => !isLeased(image));
    for (const { digest } of going) {
      await moveAway(imageFolder(store, digest), join(workspace.folder, `image-${hex(digest)}`));
    }
    const gone = new Set(going.map(({ digest }) => digest));
    const left = { ...inventory, tags: inventory.tags.filter((tag) => !tags.includes(tag)) };
    await moveTags(store, workspace, left.tags, gone);
    const needed = new Set(inventory.images.filter(({ digest }) => !gone.has(digest)).flatMap(layersOf));
    const candidates = strayLayers ? [...inventory.layers.keys()] : going.flatMap(layersOf);
    const layers = new Set(candidates.filter((digits) => !needed.has(digits) && !leased.has(digits)));
    await mkdir(join(workspace.folder, "layers"));
    for (const digits of layers) {
      const from = layerFiles(layersFolder(store), digits);
      const to = layerFiles(join(workspace.folder, "layers"), digits);
      await moveAway(from.entries, to.entries);
      await moveAway(from.tar, to.tar);
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
      images: going,
      bytes: going.reduce((sum, image) => sum + ownBytes(image), bytes),
    };
  } finally {
    await removal.release();
    await workspace.remove();
  }
}
