import { readFile } from "node:fs/promises";
import { readIfExists } from "../../host/read.js";
import { BoxError } from "../../errors.js";
import { sha256 } from "../digest.js";
import { parseImageConfig, parseManifest, type Descriptor } from "../manifest.js";
import type { Inventory } from "../store/inventory.js";
import { imageFiles, imageFolder } from "../store/paths.js";
import type { Store } from "../store/store.js";

export interface LocalLayer {
  diffId: string;
  /** Descriptor of the layer in the registry that it came from. */
  descriptor: Descriptor;
}

/** An image in the store, as its registry described it. */
export interface LocalImage {
  /** Digest of the manifest. */
  digest: string;
  manifestBytes: Buffer;
  configBytes: Buffer;
  configDigest: string;
  layers: LocalLayer[];
}

function read(manifestBytes: Buffer, configBytes: Buffer, what: string) {
  const parsed = parseManifest(manifestBytes, what);
  if (!("manifest" in parsed)) throw new BoxError("bad-image", `${what} has an index instead of a manifest`);
  const { manifest } = parsed;
  const config = parseImageConfig(configBytes, `the configuration of ${what}`);
  const layers = manifest.layers.map((descriptor, i) => ({
    descriptor,
    diffId: config.rootfs.diff_ids[i] ?? "",
  }));
  return { configDigest: manifest.config.digest, layers };
}

export function damaged(name: string, path: string): BoxError {
  return new BoxError("image-damaged", `image ${name} is damaged: ${path} has changed since it was pulled`, {
    hint: "pull the image again",
  });
}

/**
 * Reads an image in the store.
 * @param digest of its manifest
 * @param name for messages
 * @throws BoxError image-damaged, bad-image
 */
export async function readLocalImage(store: Store, digest: string, name: string): Promise<LocalImage> {
  const files = imageFiles(imageFolder(store, digest));
  const [manifestBytes, configBytes] = await Promise.all([
    readIfExists(files.manifest),
    readIfExists(files.config),
  ]);
  if (!manifestBytes || !configBytes) throw damaged(name, manifestBytes ? files.config : files.manifest);
  if (sha256(manifestBytes) !== digest) throw damaged(name, files.manifest);
  const { configDigest, layers } = read(manifestBytes, configBytes, name);
  if (sha256(configBytes) !== configDigest) throw damaged(name, files.config);
  return { digest, manifestBytes, configBytes, configDigest, layers };
}

/** A repository in which a registry may already have a blob of a layer. */
export interface BlobSource {
  diffId: string;
  descriptor: Descriptor;
  /** Name of the repository. */
  path: string;
}

/** Returns the layers that a registry should have according to local tags, because they were pulled from there. */
export async function layersAt(store: Store, domain: string, { tags }: Inventory): Promise<BlobSource[]> {
  const found = await Promise.all(
    tags
      .filter(({ parsed }) => parsed.domain === domain)
      .flatMap(({ parsed: { path }, images }) => images.map((digest) => ({ path, digest })))
      .map(async ({ path, digest }) => {
        const files = imageFiles(imageFolder(store, digest));
        try {
          const [manifest, config] = await Promise.all([readFile(files.manifest), readFile(files.config)]);
          return read(manifest, config, digest).layers.map((layer) => ({ ...layer, path }));
        } catch {
          // Skip damaged images.
          return [];
        }
      }),
  );
  return found.flat();
}
