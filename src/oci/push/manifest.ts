import * as z from "zod/mini";
import type { Descriptor } from "../manifest.js";

const DOCKER = "application/vnd.docker.distribution.manifest.v2+json";
const OCI = "application/vnd.oci.image.manifest.v1+json";

const Manifest = z.looseObject({
  mediaType: z.optional(z.string()),
  config: z.looseObject({ mediaType: z.optional(z.string()) }),
  layers: z.array(z.looseObject({})),
});

/** The media type a manifest is put under: its own, or that of its family. */
export function mediaTypeOf(manifestBytes: Uint8Array): string {
  const { mediaType, config } = z.parse(Manifest, JSON.parse(Buffer.from(manifestBytes).toString("utf8")));
  return mediaType ?? (config.mediaType?.startsWith("application/vnd.docker.") ? DOCKER : OCI);
}

/** Media type of layers compressed with gzip, in manifests of a media type. */
export function gzipLayerType(manifestType: string): string {
  return manifestType === DOCKER
    ? "application/vnd.docker.image.rootfs.diff.tar.gzip"
    : "application/vnd.oci.image.layer.v1.tar+gzip";
}

/**
 * A manifest with other blobs for its layers, everything else as it was: the image's id stays.
 * @param layers one for each, in order
 */
export function replaceLayers(manifestBytes: Uint8Array, layers: readonly Descriptor[]): Buffer {
  const manifest = z.parse(Manifest, JSON.parse(Buffer.from(manifestBytes).toString("utf8")));
  const replaced = manifest.layers.map((layer, i) => ({ ...layer, ...layers[i] }));
  return Buffer.from(JSON.stringify({ ...manifest, layers: replaced }));
}
