import { join } from "node:path";
import { measureIndexes } from "./members.js";
import { imageFiles, imageFolder, layersFolder } from "./paths.js";
import { listImageDigests, readRecord, type ImageRecord } from "./record.js";
import { isRemoved } from "./removed.js";
import { listTags, type ListedTag } from "./tags.js";
import { namesIn, statIfExists } from "../../host/read.js";
import type { Store } from "./store.js";

/** A reference and everything that it needs; for an index, all of its images that are in the store. */
export interface StoredTag extends ListedTag {
  /** Digests of manifests, in the order of the index. */
  images: string[];
  /** Digests of the indexes that lead to them. */
  indexes: string[];
}

export interface StoredImage {
  /** Digest of its manifest. */
  digest: string;
  /** Missing if it cannot be read; such an image is unusable. */
  record?: ImageRecord;
  /** Time of its last pull or start, in milliseconds since 1970; 0 if unknown. */
  lastUsed: number;
  /** References that need it. */
  tags: StoredTag[];
  /** It has been removed, but boxes may still need it (store/removed.ts). */
  removed?: true;
}

/** The contents of the store. */
export interface Inventory {
  images: StoredImage[];
  tags: StoredTag[];
  /** Size of each layer's files in bytes, by the hexadecimal digits of its diffID. */
  layers: Map<string, number>;
  /** Size of each index in bytes, by the hexadecimal digits of its digest. */
  indexes: Map<string, number>;
}

async function readTag(store: Store, tag: ListedTag, here: ReadonlySet<string>): Promise<StoredTag> {
  const { target, image } = tag;
  const { manifests, indexes } =
    target === image
      ? { manifests: [image], indexes: [] }
      : await (await import("./indexes.js")).readMembers(store, target);
  // Older versions of box did not store the index of an image.
  const all = manifests.includes(image) ? manifests : [image, ...manifests];
  return { ...tag, images: all.filter((digest) => here.has(digest)), indexes };
}

async function readImage(
  store: Store,
  digest: string,
  tags: StoredTag[],
  removed: boolean,
): Promise<StoredImage> {
  const [record, file] = await Promise.all([
    readRecord(store, digest),
    statIfExists(imageFiles(imageFolder(store, digest)).record),
  ]);
  return {
    digest,
    ...(record ? { record } : {}),
    lastUsed: file?.mtimeMs ?? 0,
    tags: tags.filter(({ images }) => images.includes(digest)),
    ...(removed ? { removed } : {}),
  };
}

async function measureLayers(store: Store): Promise<Map<string, number>> {
  const names = await namesIn(layersFolder(store));
  const layers = new Map<string, number>();
  await Promise.all(
    names.map(async (name) => {
      const [, digits] = /^([0-9a-f]{64})\.(?:tar|idx)$/.exec(name) ?? [];
      const file = digits && (await statIfExists(join(layersFolder(store), name)));
      if (digits && file) layers.set(digits, (layers.get(digits) ?? 0) + file.size);
    }),
  );
  return layers;
}

export async function takeInventory(store: Store): Promise<Inventory> {
  const [listed, digests, layers, indexes] = await Promise.all([
    listTags(store),
    listImageDigests(store),
    measureLayers(store),
    measureIndexes(store),
  ]);
  const marks = await Promise.all(digests.map((digest) => isRemoved(store, digest)));
  const here = new Set(digests.filter((_, at) => marks[at] !== true));
  const tags = await Promise.all(listed.map((tag) => readTag(store, tag, here)));
  const images = await Promise.all(
    digests.map((digest) => readImage(store, digest, tags, !here.has(digest))),
  );
  return { tags, layers, indexes, images };
}

/** Whether commands know an image: it has not been removed. */
export function isListed({ removed }: Pick<StoredImage, "removed">): boolean {
  return removed === undefined;
}

/** Returns the hexadecimal digits of the diffIDs of an image's layers, each once. */
export function layersOf({ record }: Pick<StoredImage, "record">): string[] {
  return (record?.files ?? []).flatMap(({ path }) => /^layers\/([0-9a-f]{64})\.tar$/.exec(path)?.[1] ?? []);
}

/** Returns the size in bytes of what an image does not share with others: its index and the descriptor of its disk. */
export function ownBytes({ record }: Pick<StoredImage, "record">): number {
  return (record?.files ?? []).reduce(
    (sum, { path, bytes }) => (path.startsWith("layers/") ? sum : sum + bytes),
    0,
  );
}

/** Returns the size of the whole store in bytes. */
export function totalBytes({ images, layers, indexes }: Inventory): number {
  const own = images.reduce((sum, image) => sum + ownBytes(image), 0);
  return [...layers.values(), ...indexes.values()].reduce((sum, bytes) => sum + bytes, own);
}
