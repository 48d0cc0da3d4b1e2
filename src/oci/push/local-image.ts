import { readFile } from "node:fs/promises";
import { BoxError } from "../../config/errors.js";
import { sha256 } from "../digest.js";
import { parseImageConfig, parseManifest, type Descriptor, type ImageConfig } from "../manifest.js";
import { formatReference, type Reference } from "../reference.js";
import { imageFiles, imageFolder } from "../store/paths.js";
import { listTags, readTag } from "../store/tags.js";

export interface LocalLayer {
  diffId: string;
  /** The layer as its registry had it. */
  descriptor: Descriptor;
}

/** An image of the store, as its registry described it. */
export interface LocalImage {
  /** Digest of the manifest. */
  digest: string;
  manifestBytes: Buffer;
  config: ImageConfig;
  configBytes: Buffer;
  configDigest: string;
  layers: LocalLayer[];
  /** What the tag stood for at the registry: an index, when it is not `digest`. */
  target: string;
}

function layersOf(manifestBytes: Buffer, configBytes: Buffer, what: string) {
  const parsed = parseManifest(manifestBytes, what);
  if (!("manifest" in parsed))
    throw new BoxError("bad-image", `${what} has an index in its manifest's place`);
  const { manifest } = parsed;
  const config = parseImageConfig(configBytes, `the configuration of ${what}`);
  const layers = manifest.layers.map((descriptor, i) => ({
    descriptor,
    diffId: config.rootfs.diff_ids[i] ?? "",
  }));
  return { manifest, config, layers };
}

/**
 * Reads the image that a reference stands for here.
 * @throws BoxError image-missing, image-damaged, bad-image
 */
export async function readLocalImage(reference: Reference): Promise<LocalImage> {
  const name = formatReference(reference);
  const tag = await readTag(reference);
  if (!tag) {
    throw new BoxError("image-missing", `image ${name} is not on this host`, {
      hint: "`box images` lists those that are",
      exitCode: 1,
    });
  }
  const files = imageFiles(imageFolder(tag.image));
  const [manifestBytes, configBytes] = await Promise.all([
    readFile(files.manifest).catch(() => Buffer.alloc(0)),
    readFile(files.config).catch(() => Buffer.alloc(0)),
  ]);
  const damaged = (path: string) =>
    new BoxError("image-damaged", `image ${name} is damaged: ${path} is not what was pulled`, {
      hint: "pull it again",
      exitCode: 1,
    });
  if (sha256(manifestBytes) !== tag.image) throw damaged(files.manifest);
  const { manifest, config, layers } = layersOf(manifestBytes, configBytes, name);
  if (sha256(configBytes) !== manifest.config.digest) throw damaged(files.config);
  return {
    digest: tag.image,
    manifestBytes,
    config,
    configBytes,
    configDigest: manifest.config.digest,
    layers,
    target: tag.target,
  };
}

/** Where a blob of a layer may lie at a registry already. */
export interface BlobSource {
  diffId: string;
  descriptor: Descriptor;
  /** Name of the repository. */
  path: string;
}

/** Layers that tags of this host say to be at a registry: what was pulled from there is there. */
export async function findSources(domain: string): Promise<BlobSource[]> {
  const tags = (await listTags()).filter(({ parsed }) => parsed.domain === domain);
  const found = await Promise.all(
    tags.map(async ({ parsed, image }) => {
      const files = imageFiles(imageFolder(image));
      try {
        const [manifest, config] = await Promise.all([readFile(files.manifest), readFile(files.config)]);
        const { layers } = layersOf(manifest, config, formatReference(parsed));
        return layers.map((layer) => ({ ...layer, path: parsed.path }));
      } catch {
        // An image that is damaged is no help.
        return [];
      }
    }),
  );
  return found.flat();
}
