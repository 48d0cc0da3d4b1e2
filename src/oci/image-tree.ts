import { readIfExists } from "../host/read.js";
import { BoxError } from "../errors.js";
import { mergeLayers } from "./index/merge.js";
import type { Inode } from "./index/tree.js";
import { parseImageConfig } from "./manifest.js";
import { readLayer } from "./store/layers.js";
import { imageFiles, imageFolder } from "./store/paths.js";
import type { Store } from "./store/store.js";

/**
 * Returns the merged tree of all layers of an image in the store.
 * @param digest of its manifest
 * @throws BoxError image-missing
 */
export async function readImageTree(store: Store, digest: string): Promise<Inode> {
  const missing = (what: string) =>
    new BoxError("image-missing", `${what} is no longer on this host`, {
      hint: "pull the image again",
    });
  const bytes = await readIfExists(imageFiles(imageFolder(store, digest)).config);
  if (!bytes) throw missing(`image ${digest}`);
  const { rootfs } = parseImageConfig(bytes, `configuration of image ${digest}`);
  const layers = await Promise.all(
    rootfs.diff_ids.map(async (diffId) => {
      const layer = await readLayer(store, diffId);
      if (!layer) throw missing(`layer ${diffId}`);
      return layer.entries;
    }),
  );
  return mergeLayers(layers);
}
