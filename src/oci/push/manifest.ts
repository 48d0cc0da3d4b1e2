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

/** What lies at a registry in place of some content, or that content itself. */
export type Blob = Pick<Descriptor, "digest" | "size">;

const read = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString("utf8"));
const isDocker = (type: string | undefined) => type?.startsWith("application/vnd.docker.") ?? false;

/** The media type a manifest is put under: its own, or that of its family. */
export function mediaTypeOf(manifestBytes: Uint8Array): string {
  const { mediaType, config } = z.parse(Manifest, read(manifestBytes));
  return mediaType ?? (isDocker(config.mediaType) ? DOCKER_MANIFEST : OCI_MANIFEST);
}

/** The media type an index is put under: its own, or that of the family of what it names. */
export function indexTypeOf(indexBytes: Uint8Array): string {
  const { mediaType, manifests } = z.parse(Index, read(indexBytes));
  return mediaType ?? (manifests.some((entry) => isDocker(entry.mediaType)) ? DOCKER_LIST : OCI_INDEX);
}

/** Media type of layers compressed with gzip, in manifests of a media type. */
function gzipLayerType(manifestType: string): string {
  return manifestType === DOCKER_MANIFEST
    ? "application/vnd.docker.image.rootfs.diff.tar.gzip"
    : "application/vnd.oci.image.layer.v1.tar+gzip";
}

type Entry = z.infer<typeof Descriptors>[number];

/** Descriptors with other content in place of what has changed; a copy of the old content there goes as well. */
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
 * A manifest with other blobs, compressed with gzip, for some of its layers, everything else as it was: the image's id
 * stays. Byte for byte the same when no layer has changed.
 * @param by what lies in place of each layer, by the layer's digest
 */
export function replaceLayers(manifestBytes: Buffer, by: ReadonlyMap<string, Blob>): Buffer {
  const manifest = z.parse(Manifest, read(manifestBytes));
  const layers = replace(manifest.layers, by, gzipLayerType(mediaTypeOf(manifestBytes)));
  return areSame(layers, manifest.layers)
    ? manifestBytes
    : Buffer.from(JSON.stringify({ ...manifest, layers }));
}

/**
 * An index with other manifests in place of some, and without some; byte for byte the same when nothing has changed.
 * @param by what lies in place of each manifest, by its digest
 * @param without digests of manifests
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
