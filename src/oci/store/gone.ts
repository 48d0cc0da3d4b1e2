import { sha256 } from "../digest.js";
import { readDetails } from "../details.js";
import type { FoundImage } from "../find.js";
import { layersOf, type StoredImage } from "./inventory.js";
import type { Store } from "./store.js";

/** The ID of a layer on top of those below it (OCI image-spec, config.md, "Layer ChainID"), for each layer, lowest first. */
function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : sha256(Buffer.from(`${below} ${diffId}`)));
  }
  return chain;
}

async function chainOf(store: Store, image: StoredImage): Promise<string[]> {
  if (image.record === undefined) return [];
  try {
    return chainIds((await readDetails(store, image as FoundImage)).rootfs.diff_ids);
  } catch {
    return [];
  }
}

/**
 * Returns what Docker calls deleted when images are removed: their IDs and the chain IDs of their layers, top first. As
 * in Docker, these are not deleted while another image, or a box, still has them.
 * @param used digests of the images that boxes use
 */
export async function findGone(
  store: Store,
  images: readonly StoredImage[],
  removed: readonly StoredImage[],
  used: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const kept = images.filter((image) => !removed.includes(image));
  const ids = new Set(kept.flatMap(({ record }) => record?.id ?? []));
  const gone = new Map<string, string[]>();
  if (removed.length === 0) return gone;
  const shared = new Set(removed.flatMap(layersOf));
  const holders = [...kept, ...removed.filter(({ digest }) => used.has(digest))].filter((image) =>
    layersOf(image).some((layer) => shared.has(layer)),
  );
  const held = new Set((await Promise.all(holders.map((image) => chainOf(store, image)))).flat());
  for (const image of removed) {
    const id = image.record?.id ?? image.digest;
    if (ids.has(id)) continue;
    ids.add(id);
    const layers = (await chainOf(store, image)).reverse().filter((chain) => !held.has(chain));
    for (const chain of layers) held.add(chain);
    gone.set(image.digest, [id, ...layers]);
  }
  return gone;
}
