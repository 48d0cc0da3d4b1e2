import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { readIfExists } from "../../host/read.js";
import { sha256 } from "../digest.js";
import { buildIndex } from "../index/build.js";
import { parseImageConfig } from "../manifest.js";
import { readLayer } from "../store/layers.js";
import { imageFiles, imageFolder } from "../store/paths.js";
import { readRecord } from "../store/record.js";
import type { Workspace } from "../store/workspace.js";
import type { Store } from "../store/store.js";

async function areEqual(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([readFile(a), readIfExists(b)]);
  return other !== undefined && one.equals(other);
}

/**
 * Compares an image's documents with their digests, and its index and disk with ones newly built from its layers.
 * @returns what is wrong; undefined if nothing is, or if a layer is missing, which is reported for that layer
 */
export async function checkImage(
  store: Store,
  digest: string,
  { folder }: Workspace,
): Promise<string | undefined> {
  const files = imageFiles(imageFolder(store, digest));
  const record = await readRecord(store, digest);
  if (!record) return "its record cannot be read";
  // The store was moved: the next start or pull rebuilds the disk.
  if (record.root !== store.root) return undefined;
  const read = async (path: string) => (await readIfExists(path)) ?? Buffer.alloc(0);
  const [manifest, config] = await Promise.all([read(files.manifest), read(files.config)]);
  if (sha256(manifest) !== digest) return "its manifest does not match its digest";
  if (sha256(config) !== record.id) return "its configuration does not match its digest";
  const layers = [];
  for (const diffId of parseImageConfig(config, "the configuration").rootfs.diff_ids) {
    const layer = await readLayer(store, diffId);
    if (!layer) return undefined;
    layers.push(layer);
  }
  const rebuilt = imageFiles(join(folder, "check"));
  await mkdir(join(folder, "check"));
  try {
    await buildIndex({
      layers,
      indexPath: rebuilt.index,
      diskPath: rebuilt.disk,
      finalIndexPath: files.index,
    });
    if (!(await areEqual(rebuilt.index, files.index))) return "its index does not match its layers";
    return (await areEqual(rebuilt.disk, files.disk)) ? undefined : "its disk does not match its layers";
  } finally {
    await rm(join(folder, "check"), { recursive: true, force: true });
  }
}
