import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { BoxError, errnoOf } from "../../errors.js";
import { syncFolderOf } from "../../host/files.js";
import { buildIndex } from "../index/build.js";
import { keptBytes, MAX_KEPT } from "../index/entry.js";
import type { RemoteImage } from "../registry/resolve.js";
import { readLayer, type StoredLayer } from "../store/layers.js";
import { imageFiles, imageFolder } from "../store/paths.js";
import { measureFiles, readWholeRecord, type ImageRecord } from "../store/record.js";
import { writeSynced, type Workspace } from "../store/workspace.js";
import type { Store } from "../store/store.js";

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readLayers(
  store: Store,
  diffIds: string[],
  known: Map<string, StoredLayer>,
): Promise<StoredLayer[]> {
  const read = async (diffId: string) => {
    const layer = known.get(diffId) ?? (await readLayer(store, diffId));
    if (layer) return layer;
    throw new BoxError("pull-failed", `layer ${diffId} was removed while its image was being assembled`, {
      hint: "pull again",
    });
  };
  // Each distinct layer is read once, sequentially, because a single limit applies to all of them.
  const different = new Map<string, StoredLayer>();
  let kept = 0;
  for (const diffId of new Set(diffIds)) {
    const layer = await read(diffId);
    for (const entry of layer.entries) kept += keptBytes(entry);
    if (kept > MAX_KEPT) {
      throw new BoxError("image-too-large", `the file names of the image take more than ${MAX_KEPT} bytes`);
    }
    different.set(diffId, layer);
  }
  return diffIds.flatMap((diffId) => different.get(diffId) ?? []);
}

/**
 * Creates an image from layers in the store. Its folder appears atomically.
 * @param diffIds of its layers, lowest first
 * @param known layers that have been read already, by diffID
 * @throws BoxError bad-layer, and what buildIndex throws
 */
export async function assembleImage(
  store: Store,
  { digest, manifestBytes, config, configBytes, manifest }: RemoteImage,
  diffIds: string[],
  known: Map<string, StoredLayer>,
  platform: string,
  workspace: Workspace,
): Promise<ImageRecord> {
  const folder = join(workspace.folder, "image");
  const made = imageFiles(folder);
  const final = imageFiles(imageFolder(store, digest));
  await mkdir(folder, { mode: 0o700 });
  const layers = await readLayers(store, diffIds, known);
  await buildIndex({ layers, indexPath: made.index, diskPath: made.disk, finalIndexPath: final.index });
  const tars = [...new Set(layers.map(({ tar }) => tar))];
  const record: ImageRecord = {
    id: manifest.config.digest,
    platform,
    ...(typeof config.created === "string" ? { created: config.created } : {}),
    config: config.config ?? {},
    root: store.root,
    files: await measureFiles(store, [
      { now: made.disk, path: final.disk },
      { now: made.index, path: final.index },
      ...tars.map((tar) => ({ now: tar, path: tar })),
    ]),
  };
  await Promise.all([
    syncFile(made.index),
    syncFile(made.disk),
    writeSynced(made.manifest, manifestBytes),
    writeSynced(made.config, configBytes),
    writeSynced(made.record, JSON.stringify(record)),
  ]);
  await putInPlace(store, folder, digest, workspace);
  return record;
}

/** Renames the folder to its final place. An incomplete image there is moved away first; a complete one is kept. */
async function putInPlace(store: Store, folder: string, digest: string, workspace: Workspace): Promise<void> {
  const place = imageFolder(store, digest);
  await mkdir(join(place, ".."), { recursive: true, mode: 0o700 });
  for (let tries = 0; tries < 10; tries++) {
    try {
      await rename(folder, place);
      await syncFolderOf(place);
      return;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno !== "ENOTEMPTY" && errno !== "EEXIST") throw error;
    }
    // Another process may have created the same image in the meantime.
    if (await readWholeRecord(store, digest)) return;
    await rename(place, join(workspace.folder, `old-${tries}`)).catch((error: unknown) => {
      if (errnoOf(error) !== "ENOENT") throw error;
    });
  }
  throw new BoxError("pull-failed", `image ${digest} is repeatedly being replaced by another command`);
}
