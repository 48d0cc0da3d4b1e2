import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildIndex } from "../../src/oci/index/build.js";
import type { Entry } from "../../src/oci/index/entry.js";
import { createTarIndexer } from "../../src/oci/index/tar-indexer.js";
import { type Member, writeTar } from "./tar-writer.js";

/** The entries of a complete tar. */
export function indexTar(tar: Buffer): Entry[] {
  const indexer = createTarIndexer();
  indexer.push(tar);
  return indexer.end();
}

export interface IndexedImage {
  index: string;
  /** Path of the VMDK descriptor. */
  disk: string;
  tars: string[];
}

/** Writes layers as tars into `folder` and builds the image's disk from them. */
export async function indexLayers(
  layers: readonly (readonly Member[])[],
  folder: string,
): Promise<IndexedImage> {
  const tars: string[] = [];
  for (const [i, members] of layers.entries()) {
    const tar = join(folder, `${i}.tar`);
    await writeFile(tar, writeTar(members));
    tars.push(tar);
  }
  return indexTars(tars, folder);
}

export async function indexTars(tars: readonly string[], folder: string): Promise<IndexedImage> {
  const layers = tars.map((tar) => {
    const bytes = readFileSync(tar);
    return { tar, tarBytes: bytes.length, entries: indexTar(bytes) };
  });
  const index = join(folder, "index.erofs");
  const disk = join(folder, "disk.vmdk");
  await buildIndex({ layers, indexPath: index, diskPath: disk, finalIndexPath: index });
  return { index, disk, tars: [...tars] };
}
