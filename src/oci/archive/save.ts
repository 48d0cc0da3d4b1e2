import { open, readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { Header } from "tar";
import { BoxError } from "../../errors.js";
import { parseImageConfig, parseManifest } from "../manifest.js";
import { familiarName, formatReference, type Reference } from "../../config/syntax/reference.js";
import { allEnded, piecesUntil } from "../../host/abort.js";
import { choosePlatform, type FoundImage } from "../find.js";
import { OCI_INDEX, OCI_MANIFEST } from "../media-types.js";
import { imageFiles, imageFolder, layerFiles, layersFolder } from "../store/paths.js";
import { readRange } from "./contents.js";
import type { ImageToSave } from "./find.js";
import { sha256 } from "../digest.js";
import type { Store } from "../store/store.js";

const BLOCK = 512;

interface Blob {
  digest: string;
  size: number;
  /** In memory, or the beginning of a file. */
  content: Buffer | { path: string };
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

const pathOf = (digest: string) => `blobs/${digest.replace(":", "/")}`;

/**
 * Verifies a layer's tar, and finds its original size: the store pads it to whole blocks, and an empty tar to one block.
 */
async function measureLayer(store: Store, diffId: string): Promise<Blob> {
  const { tar: path } = layerFiles(layersFolder(store), diffId);
  const damaged = (cause?: unknown) =>
    new BoxError("image-damaged", `layer ${diffId} in the store has changed since it was pulled`, {
      hint: "pull the image again",
      cause,
    });
  const file = await open(path, "r").catch((error: unknown) => {
    throw damaged(error);
  });
  try {
    const { size } = await file.stat();
    const hash = createHash("sha256");
    const body = Math.max(0, size - BLOCK);
    for await (const piece of piecesUntil(store.signal, readRange(file, 0, body, path))) hash.update(piece);
    const last: Buffer[] = [];
    for await (const piece of readRange(file, body, size - body, path)) last.push(piece);
    const tail = Buffer.concat(last);
    for (let length = tail.length; length >= 0; length--) {
      const found = `sha256:${hash.copy().update(tail.subarray(0, length)).digest("hex")}`;
      if (found === diffId) return { digest: diffId, size: body + length, content: { path } };
      // The padding is zeros.
      if (length > 0 && tail[length - 1] !== 0) break;
    }
    throw damaged();
  } finally {
    await file.close();
  }
}

interface Packed {
  manifest: Descriptor;
  config: Descriptor;
  layers: Descriptor[];
  blobs: Blob[];
}

async function pack(
  store: Store,
  digest: string,
  layerOf: (diffId: string) => Promise<Blob>,
): Promise<Packed> {
  const files = imageFiles(imageFolder(store, digest));
  const [configBytes, stored] = await Promise.all([readFile(files.config), readFile(files.manifest)]);
  const what = `image ${digest}`;
  const { rootfs } = parseImageConfig(configBytes, `the configuration of ${what}`);
  const layerBlobs = await allEnded(rootfs.diff_ids.map(layerOf));
  const layers = layerBlobs.map(({ digest, size }) => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    digest,
    size,
  }));
  const config = {
    mediaType: "application/vnd.oci.image.config.v1+json",
    digest: sha256(configBytes),
    size: configBytes.length,
  };
  // The store has layers uncompressed, so their original manifest usually does not match them. If it does, it is saved as
  // it is, and the image keeps its digest.
  const own = parseManifest(stored, what);
  const fits =
    "manifest" in own &&
    stored.includes(OCI_MANIFEST) &&
    own.manifest.layers.length === layers.length &&
    own.manifest.layers.every(
      (layer, i) => layer.digest === layers[i]?.digest && layer.size === layers[i].size,
    );
  const manifestBytes = fits
    ? stored
    : Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers }));
  const manifest = { mediaType: OCI_MANIFEST, digest: sha256(manifestBytes), size: manifestBytes.length };
  return {
    manifest,
    config,
    layers,
    blobs: [...layerBlobs, { ...config, content: configBytes }, { ...manifest, content: manifestBytes }],
  };
}

/** An image or index in the archive, with its names. */
interface Named {
  names: Reference[];
  /** Descriptor of the image's manifest, or of the index. */
  target: Descriptor;
  /** The image for manifest.json, which does not support platforms: preferably the host's. */
  shown: Packed;
  blobs: Blob[];
}

/** Packs images under a new index, because the manifests of uncompressed layers differ from the original ones. */
async function packAll(
  store: Store,
  { images, names }: ImageToSave,
  layerOf: (diffId: string) => Promise<Blob>,
): Promise<Named> {
  const packed = new Map<FoundImage, Packed>();
  for (const image of images) packed.set(image, await pack(store, image.digest, layerOf));
  const blobs = [...packed.values()].flatMap((one) => one.blobs);
  const chosen = choosePlatform(images, {});
  const shown = chosen && packed.get(chosen);
  if (!shown) throw new Error("there is nothing to save");
  if (packed.size === 1) return { names, target: shown.manifest, shown, blobs };
  const manifests = [...packed].map(([{ record }, { manifest }]) => {
    const [os, architecture, variant] = record.platform.split("/");
    return { ...manifest, platform: { os, architecture, variant } };
  });
  const data = encodeIndex(manifests);
  const target = { mediaType: OCI_INDEX, digest: sha256(data), size: data.length };
  return { names, target, shown, blobs: [...blobs, { ...target, content: data }] };
}

function encodeIndex(manifests: object[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
}

function tagOf({ tag }: Reference): string {
  return tag ?? "latest";
}

/** Returns a layout's `index.json`, with one entry per name, as Docker and containerd expect. */
function indexOf(saved: Named[]): Buffer {
  const manifests = saved.flatMap(({ target, names }) =>
    names.length === 0
      ? [target]
      : names.map((name) => ({
          ...target,
          annotations: {
            "io.containerd.image.name": formatReference(name),
            "org.opencontainers.image.ref.name": tagOf(name),
          },
        })),
  );
  return encodeIndex(manifests);
}

/** Returns a docker-archive's `manifest.json`, which refers to the same blobs. */
function dockerManifestOf(saved: Named[]): Buffer {
  return Buffer.from(
    JSON.stringify(
      saved.map(({ shown: { config, layers }, names }) => ({
        Config: pathOf(config.digest),
        RepoTags: names.map((name) => `${familiarName(name)}:${tagOf(name)}`),
        Layers: layers.map(({ digest }) => pathOf(digest)),
      })),
    ),
  );
}

async function* member(path: string, size: number, content: Blob["content"]): AsyncGenerator<Buffer> {
  const header = Buffer.alloc(BLOCK);
  // Constant, so that the same images always give the same archive.
  new Header({ path, mode: 0o644, uid: 0, gid: 0, size, type: "File", mtime: new Date(0) }).encode(header, 0);
  yield header;
  if (Buffer.isBuffer(content)) yield content;
  else {
    const file = await open(content.path, "r");
    try {
      yield* readRange(file, 0, size, content.path);
    } finally {
      await file.close();
    }
  }
  if (size % BLOCK !== 0) yield Buffer.alloc(BLOCK - (size % BLOCK));
}

/**
 * Writes images as an OCI archive (image-layout.md) that is also a docker-archive, as Docker does since version 25.
 * Layers are saved uncompressed, and are verified before the first byte is yielded.
 * @throws BoxError image-damaged
 */
export async function* saveArchive(
  store: Store,
  images: readonly ImageToSave[],
): AsyncGenerator<Buffer, void, undefined> {
  const measured = new Map<string, Promise<Blob>>();
  const layerOf = (diffId: string) => {
    const known = measured.get(diffId) ?? measureLayer(store, diffId);
    measured.set(diffId, known);
    return known;
  };
  const saved: Named[] = [];
  for (const image of images) saved.push(await packAll(store, image, layerOf));
  const blobs = new Map(saved.flatMap((one) => one.blobs.map((blob) => [blob.digest, blob])));
  for (const { digest, size, content } of blobs.values())
    yield* piecesUntil(store.signal, member(pathOf(digest), size, content));
  for (const [name, data] of [
    ["index.json", indexOf(saved)],
    ["manifest.json", dockerManifestOf(saved)],
    ["oci-layout", Buffer.from(JSON.stringify({ imageLayoutVersion: "1.0.0" }))],
  ] as const) {
    yield* member(name, data.length, data);
  }
  yield Buffer.alloc(2 * BLOCK);
}
