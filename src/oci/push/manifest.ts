import * as z from "zod/mini";
import type { Descriptor } from "../manifest.js";
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../media-types.js";

const Descriptors = z.array(z.looseObject({ mediaType: z.optional(z.string()), digest: z.string() }));
const Manifest = z.looseObject({
  mediaType: z.optional(z.string()),
  config: z.looseObject({ mediaType: z.optional(z.string()) }),
  layers: Descriptors,
});
const Index = z.looseObject({ mediaType: z.optional(z.string()), manifests: Descriptors });

/** A blob or manifest at a registry. */
export type Blob = Pick<Descriptor, "digest" | "size">;

const read = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString("utf8"));
const isDocker = (type: string | undefined) => type?.startsWith("application/vnd.docker.") ?? false;

/** Returns a manifest's media type: its own, or else that of its family (Docker or OCI). */
export function mediaTypeOf(manifestBytes: Uint8Array): string {
  const { mediaType, config } = z.parse(Manifest, read(manifestBytes));
  return mediaType ?? (isDocker(config.mediaType) ? DOCKER_MANIFEST : OCI_MANIFEST);
}

/** Returns an index's media type: its own, or else that of the family (Docker or OCI) of its entries. */
export function indexTypeOf(indexBytes: Uint8Array): string {
  const { mediaType, manifests } = z.parse(Index, read(indexBytes));
  return mediaType ?? (manifests.some((entry) => isDocker(entry.mediaType)) ? DOCKER_LIST : OCI_INDEX);
}

/** Returns the media type of gzip layers for manifests of the given type. */
function gzipLayerType(manifestType: string): string {
  return manifestType === DOCKER_MANIFEST
    ? "application/vnd.docker.image.rootfs.diff.tar.gzip"
    : "application/vnd.oci.image.layer.v1.tar+gzip";
}

type Entry = z.infer<typeof Descriptors>[number];

/** Replaces descriptors whose content has changed. The `data` field, an embedded copy of the old content, is dropped. */
function replace(entries: Entry[], by: ReadonlyMap<string, Blob>, mediaType?: string): Entry[] {
  return entries.map((entry) => {
    const { digest, size } = by.get(entry.digest) ?? entry;
    if (digest === entry.digest) return entry;
    return { ...entry, ...(mediaType === undefined ? {} : { mediaType }), digest, size, data: undefined };
  });
}

const areSame = (some: Entry[], others: Entry[]) =>
  some.length === others.length && some.every((entry, i) => entry === others[i]);

/**
 * Replaces layers of a manifest with other blobs, compressed with gzip. Everything else, including the image ID, stays
 * the same. If no layer changes, the manifest is returned byte for byte.
 * @param by the blob to use for each layer, by the layer's digest
 */
export function replaceLayers(manifestBytes: Buffer, by: ReadonlyMap<string, Blob>): Buffer {
  const manifest = z.parse(Manifest, read(manifestBytes));
  const layers = replace(manifest.layers, by, gzipLayerType(mediaTypeOf(manifestBytes)));
  return areSame(layers, manifest.layers)
    ? manifestBytes
    : Buffer.from(JSON.stringify({ ...manifest, layers }));
}

/**
 * Replaces and removes manifests of an index. If nothing changes, the index is returned byte for byte.
 * @param by the manifest to use for each entry, by the entry's digest
 * @param without digests of manifests to remove
 */
export function replaceManifests(
  indexBytes: Buffer,
  by: ReadonlyMap<string, Blob>,
  without: ReadonlySet<string>,
): Buffer {
  const index = z.parse(Index, read(indexBytes));
  const kept = index.manifests.filter(({ digest }) => !without.has(digest));
  const manifests = replace(kept, by);
  return areSame(manifests, index.manifests)
    ? indexBytes
    : Buffer.from(JSON.stringify({ ...index, manifests }));
}
