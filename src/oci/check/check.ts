import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { PullEvent } from "../pull/event.js";
import { parsePlatform } from "../../config/syntax/platform.js";
import { REMOVAL } from "../store/lease.js";
import { readIndex } from "../store/indexes.js";
import { layersOf, takeInventory, type StoredImage } from "../store/inventory.js";
import { lock } from "../../host/lock.js";
import { hex, imageFolder, indexFile, layerFiles, layersFolder, lockFile } from "../store/paths.js";
import { createWorkspace, sweepWorkspaces } from "../store/workspace.js";
import { checkImage } from "./image.js";
import { checkLayer, INCOMPLETE } from "./layer.js";
import type { Store } from "../store/store.js";

export interface Findings {
  layers: number;
  images: number;
  /** Damaged layers: what is wrong, by the hexadecimal digits of the diffID. */
  badLayers: Map<string, string>;
  /** Damaged images: what is wrong, by the digest of the manifest. */
  badImages: Map<string, string>;
  /** Digests of indexes whose content does not match. */
  badIndexes: Set<string>;
  /** Images that cannot be used until they are repaired. */
  damaged: StoredImage[];
}

/** Reads the whole store, and compares everything in it with its digest or its sources. */
export async function checkStore(store: Store): Promise<Findings> {
  await sweepWorkspaces(store);
  const { images, layers, indexes } = await takeInventory(store);
  const badIndexes = new Set<string>();
  for (const digits of indexes.keys()) {
    if (!(await readIndex(store, `sha256:${digits}`))) badIndexes.add(`sha256:${digits}`);
  }
  const needed = new Set(images.flatMap(layersOf));
  const badLayers = new Map<string, string>();
  const badImages = new Map<string, string>();
  for (const digits of layers.keys()) {
    store.signal?.throwIfAborted();
    const reason = await checkLayer(store, digits);
    // An incomplete layer that no image has is not damage: it is being pulled, or `box image prune` will remove it.
    const isBad = reason !== undefined && (reason !== INCOMPLETE || needed.has(digits));
    if (isBad) badLayers.set(digits, reason);
  }
  const workspace = await createWorkspace(store);
  try {
    for (const image of images) {
      store.signal?.throwIfAborted();
      const missing = layersOf(image).filter((digits) => !layers.has(digits));
      for (const digits of missing) badLayers.set(digits, "it is missing");
      if (missing.length > 0 || layersOf(image).some((digits) => badLayers.has(digits))) continue;
      const reason = await checkImage(store, image.digest, workspace);
      if (reason !== undefined) badImages.set(image.digest, reason);
    }
  } finally {
    await workspace.remove();
  }
  const damaged = images.filter(
    (image) =>
      badImages.has(image.digest) ||
      layersOf(image).some((digits) => badLayers.has(digits)) ||
      // Pulling one of its images restores an index.
      image.tags.some((tag) => tag.image === image.digest && badIndexes.has(tag.target)),
  );
  return { layers: layers.size, images: images.length, badLayers, badImages, badIndexes, damaged };
}

/** Removes everything damaged. Files that running boxes have open remain readable to them. */
async function removeDamaged(store: Store, { badLayers, badImages, badIndexes }: Findings): Promise<void> {
  const removal = await lock(lockFile(store, REMOVAL), undefined, store.signal);
  const workspace = await createWorkspace(store);
  try {
    for (const digits of badLayers.keys()) {
      const files = layerFiles(layersFolder(store), digits);
      await rm(files.entries, { force: true });
      await rm(files.tar, { force: true });
    }
    for (const digest of badIndexes) await rm(indexFile(store, digest), { force: true });
    for (const digest of badImages.keys()) {
      // It may have been removed in the meantime.
      await rename(imageFolder(store, digest), join(workspace.folder, hex(digest))).catch(() => undefined);
    }
  } finally {
    await removal.release();
    await workspace.remove();
  }
}

export interface Repaired {
  image: StoredImage;
  /** Why it could not be pulled again; undefined if it was. */
  error?: unknown;
}

/** Removes everything damaged, and pulls each image again by one of its references and its recorded digest. */
export async function repairStore(
  store: Store,
  findings: Findings,
  onProgress: (event: PullEvent) => void,
): Promise<Repaired[]> {
  await removeDamaged(store, findings);
  const { pullImage } = await import("../pull/pull.js");
  const repaired: Repaired[] = [];
  for (const image of findings.damaged) {
    let error: unknown = new Error("no reference refers to it");
    for (const { parsed, target } of image.tags) {
      try {
        const platform = image.record && parsePlatform(image.record.platform);
        await pullImage(store, { ...parsed, digest: target }, onProgress, { platform, as: parsed });
        error = undefined;
        break;
      } catch (reason) {
        store.signal?.throwIfAborted();
        error = reason;
      }
    }
    repaired.push(error === undefined ? { image } : { image, error });
  }
  return repaired;
}
