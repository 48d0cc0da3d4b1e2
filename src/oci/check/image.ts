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

async function same(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([readFile(a), readIfExists(b)]);
  return other !== undefined && one.equals(other);
}

/**
 * Compares an image's documents with their digests, and its index and disk with new ones made of its layers.
 * @returns what is wrong; undefined when nothing is, or when a layer of it is missing, which is that layer's damage
 */
export async function checkImage(
  store: Store,
  digest: string,
  { folder }: Workspace,
): Promise<string | undefined> {
  const files = imageFiles(imageFolder(store, digest));
  const record = await readRecord(store, digest);
  if (!record) return "its record cannot be read";
  // The next start or pull puts it together anew.
  if (record.root !== store.root) return undefined;
  const read = async (path: string) => (await readIfExists(path)) ?? Buffer.alloc(0);
  const [manifest, config] = await Promise.all([read(files.manifest), read(files.config)]);
  if (sha256(manifest) !== digest) return "its manifest is not what its digest says";
  if (sha256(config) !== record.id) return "its configuration is not what its digest says";
  const layers = [];
  for (const diffId of parseImageConfig(config, "the configuration").rootfs.diff_ids) {
    const layer = await readLayer(store, diffId);
    if (!layer) return undefined;
    layers.push(layer);
  }
  const made = imageFiles(join(folder, "check"));
  await mkdir(join(folder, "check"));
  try {
    await buildIndex({
      layers,
      indexPath: made.index,
      diskPath: made.disk,
      finalIndexPath: files.index,
    });
    if (!(await same(made.index, files.index))) return "its index is not that of its layers";
    return (await same(made.disk, files.disk)) ? undefined : "its disk is not made of its layers";
  } finally {
    await rm(join(folder, "check"), { recursive: true, force: true });
  }
}
