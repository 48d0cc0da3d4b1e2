import * as z from "zod/mini";
import { BoxError } from "../errors.js";
import { ImageRunConfig } from "./image.js";
import { MANIFEST_TYPES } from "./media-types.js";
import { isDigest } from "../config/syntax/reference.js";

/** Maximum size of a manifest, index or configuration in bytes, as in registries. */
export const DOCUMENT_LIMIT = 4 * 2 ** 20;

const CONFIG_TYPES = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);

// The actual compression of a layer is detected from its first bytes, as in every engine: these types are often wrong.
const LAYER_TYPES = new Set([
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar+zstd",
  "application/vnd.oci.image.layer.nondistributable.v1.tar",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
  "application/vnd.docker.image.rootfs.diff.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
  "application/vnd.docker.image.rootfs.diff.tar.zstd",
]);

/** Each layer is an extent of the disk, and a file that the VMM opens. Other engines accept fewer; 1024 are too many. */
const MOST_LAYERS = 500;

const Digest = z.string().check(z.refine(isDigest, "is not a sha256 digest"));

const Descriptor = z.object({
  mediaType: z.optional(z.string()),
  digest: Digest,
  size: z.int().check(z.minimum(0)),
});
/** A reference to content (OCI image-spec, descriptor.md). */
export type Descriptor = z.infer<typeof Descriptor>;

const Platform = z.object({ os: z.string(), architecture: z.string(), variant: z.optional(z.string()) });

const Manifest = z.object({ config: Descriptor, layers: z.array(Descriptor) });
export type Manifest = z.infer<typeof Manifest>;

const Index = z.object({ manifests: z.array(z.extend(Descriptor, { platform: z.optional(Platform) })) });
export type Index = z.infer<typeof Index>;

const Head = z.object({
  schemaVersion: z.optional(z.number()),
  mediaType: z.optional(z.string()),
  artifactType: z.optional(z.string()),
  manifests: z.optional(z.unknown()),
  config: z.optional(z.unknown()),
});

const ImageConfig = z.object({
  ...Platform.shape,
  created: z.nullish(z.string()),
  config: z.nullish(ImageRunConfig),
  rootfs: z.object({ type: z.literal("layers"), diff_ids: z.array(Digest) }),
});
export type ImageConfig = z.infer<typeof ImageConfig>;

function parse<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): T {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join(".") ?? "";
  throw new BoxError("bad-image", `${what} is not valid: ${where} ${issue?.message ?? ""}`.trimEnd());
}

function parseJson(data: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data)) as unknown;
  } catch {
    throw new BoxError("bad-image", `${what} is not valid JSON`);
  }
}

function notAnImage(what: string, type: string): BoxError {
  return new BoxError(
    "not-an-image",
    `${what} is not a container image but ${JSON.stringify(type.slice(0, 100))}`,
    {
      hint: "it is another kind of artifact; box runs OCI and Docker images",
    },
  );
}

/**
 * Parses the manifest of an image, or an index of manifests.
 * @param what its name in messages
 * @throws BoxError bad-image, not-an-image, unsupported-layer
 */
export function parseManifest(data: Uint8Array, what: string): { manifest: Manifest } | { index: Index } {
  const json = parseJson(data, what);
  const head = parse(Head, json, what);
  if (head.schemaVersion === 1) {
    throw new BoxError("not-an-image", `${what} uses the obsolete Docker manifest schema 1`, {
      hint: "push the image again with a current tool",
    });
  }
  // A document that is both would be read differently by different tools (CVE-2021-41190).
  if (head.manifests !== undefined && head.config !== undefined) {
    throw new BoxError("bad-image", `${what} is both a manifest and an index`);
  }
  if (head.mediaType !== undefined && !MANIFEST_TYPES.includes(head.mediaType)) {
    throw notAnImage(what, head.mediaType);
  }
  if (head.manifests !== undefined) return { index: parse(Index, json, what) };
  const manifest = parse(Manifest, json, what);
  if (manifest.layers.length > MOST_LAYERS) {
    throw new BoxError(
      "bad-image",
      `${what} has ${manifest.layers.length} layers; the limit is ${MOST_LAYERS}`,
      { hint: "Docker and containerd support 127 at most" },
    );
  }
  const { mediaType: configType } = manifest.config;
  if (configType !== undefined && !CONFIG_TYPES.has(configType)) {
    throw notAnImage(what, head.artifactType ?? configType);
  }
  for (const { mediaType } of manifest.layers) {
    if (mediaType === undefined || LAYER_TYPES.has(mediaType)) continue;
    const isWindows = mediaType.includes(".foreign.");
    throw new BoxError(
      "unsupported-layer",
      `${what} has a layer of unsupported type ${JSON.stringify(mediaType.slice(0, 100))}`,
      {
        hint: isWindows ? "this is a Windows layer; box runs Linux images" : "only tar layers are supported",
      },
    );
  }
  return { manifest };
}

/**
 * Parses an image's configuration.
 * @throws BoxError bad-image
 */
export function parseImageConfig(data: Uint8Array, what: string): ImageConfig {
  return parse(ImageConfig, parseJson(data, what), what);
}
