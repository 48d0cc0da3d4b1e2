import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BoxError } from "../../errors.js";
import { syncFolderOf } from "../../host/files.js";
import { sha256 } from "../digest.js";
import type { Image } from "../image.js";
import { parseImageConfig, parseManifest, type Descriptor } from "../manifest.js";
import { publishLayer, receiveLayer, type ReceivedLayer } from "../pull/layer.js";
import { fetchImage } from "../pull/pull.js";
import { openTarMaker } from "../pull/tar-maker.js";
import { formatReference, type Reference } from "../../config/syntax/reference.js";
import { lease } from "../store/lease.js";
import { readLayer } from "../store/layers.js";
import { layerFiles, layersFolder } from "../store/paths.js";
import { toImage, touchImage } from "../store/record.js";
import { writeTag } from "../store/tags.js";
import type { Workspace } from "../store/workspace.js";
import type { Store } from "../store/store.js";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";

/**
 * Adds a layer whose digest is not known in advance to the store, and leases it, as with `lease`.
 * @param source the layer's tar, uncompressed or compressed
 * @param what its name in messages
 * @throws BoxError bad-layer, unsupported-compression, disk-full
 */
export async function addLayer(
  store: Store,
  source: AsyncIterable<Uint8Array>,
  what: string,
  workspace: Workspace,
): Promise<ReceivedLayer> {
  const temporary = layerFiles(workspace.folder, "new");
  const maker = openTarMaker();
  const layer = await receiveLayer(source, temporary, what, () => undefined, maker).finally(maker.close);
  await lease(store, [layer.diffId]);
  await mkdir(layersFolder(store), { recursive: true, mode: 0o700 });
  // The store may already have the same tar.
  if (!(await readLayer(store, layer.diffId))) {
    await publishLayer(temporary, layerFiles(layersFolder(store), layer.diffId));
    await syncFolderOf(join(layersFolder(store), "any"));
  }
  return layer;
}

/** Returns the descriptor of a layer in the store for a manifest. */
export function describeLayer({ diffId, bytes }: Pick<ReceivedLayer, "diffId" | "bytes">): Descriptor {
  return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: diffId, size: bytes };
}

/**
 * Creates an image from layers that are in the store, lowest first, and tags it with a name. The image is leased, as
 * with `lease`.
 * @param config the image's configuration (OCI image-spec, config.md)
 * @throws BoxError bad-image, and errors of buildIndex
 */
export async function addImage(
  store: Store,
  config: object,
  layers: readonly Descriptor[],
  name: Reference | undefined,
  workspace: Workspace,
): Promise<Image> {
  const configBytes = Buffer.from(JSON.stringify(config));
  const manifestBytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: CONFIG, digest: sha256(configBytes), size: configBytes.length },
      layers,
    }),
  );
  const what = "the new image";
  const parsed = parseManifest(manifestBytes, what);
  if (!("manifest" in parsed)) throw new Error("an image has a manifest");
  const digest = sha256(manifestBytes);
  const parsedConfig = parseImageConfig(configBytes, what);
  await lease(store, [digest]);
  const record = await fetchImage(
    store,
    { blob: missingLayer, vouches: () => Promise.resolve(true) },
    {
      ...{ digest, manifest: parsed.manifest, manifestBytes },
      ...{ config: parsedConfig, configBytes, platform: parsedConfig },
    },
    workspace,
    () => undefined,
  );
  await touchImage(store, digest);
  if (name) await writeTag(store, workspace, name, { target: digest, image: digest });
  return toImage(store, name ? formatReference(name) : record.id, digest, record);
}

/** Never called if the store is intact: all layers are in it and leased, and their diffIDs are trusted. */
function missingLayer({ digest }: Descriptor): never {
  throw new BoxError("image-damaged", `layer ${digest} in the store has changed since it was pulled`, {
    hint: "check and repair the store",
  });
}
