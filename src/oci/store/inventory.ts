import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { imageFiles, imageFolder, layersFolder } from "./paths.js";
import { listImageDigests, readRecord, type ImageRecord } from "./record.js";
import { listTags, type ListedTag } from "./tags.js";

export interface StoredImage {
  /** Of its manifest. */
  digest: string;
  /** Missing when it cannot be read: such an image is of no use any more. */
  record?: ImageRecord;
  /** When it was last pulled or started, in milliseconds since 1970; 0 when nobody knows. */
  lastUsed: number;
  tags: ListedTag[];
}

/** What lies in the store. */
export interface Inventory {
  images: StoredImage[];
  tags: ListedTag[];
  /** Bytes of each layer's files, by the hexadecimal digits of its diffID. */
  layers: Map<string, number>;
}

async function readImage(digest: string, tags: ListedTag[]): Promise<StoredImage> {
  const [record, file] = await Promise.all([
    readRecord(digest),
    stat(imageFiles(imageFolder(digest)).record).catch(() => undefined),
  ]);
  return {
    digest,
    ...(record ? { record } : {}),
    lastUsed: file?.mtimeMs ?? 0,
    tags: tags.filter(({ image }) => image === digest),
  };
}

async function measureLayers(): Promise<Map<string, number>> {
  const names = await readdir(layersFolder()).catch(() => []);
  const layers = new Map<string, number>();
  await Promise.all(
    names.map(async (name) => {
      const [, digits] = /^([0-9a-f]{64})\.(?:tar|idx)$/.exec(name) ?? [];
      const file = digits && (await stat(join(layersFolder(), name)).catch(() => undefined));
      if (digits && file) layers.set(digits, (layers.get(digits) ?? 0) + file.size);
    }),
  );
  return layers;
}

export async function takeInventory(): Promise<Inventory> {
  const [tags, digests, layers] = await Promise.all([listTags(), listImageDigests(), measureLayers()]);
  return { tags, layers, images: await Promise.all(digests.map((digest) => readImage(digest, tags))) };
}

/** Hexadecimal digits of the diffIDs of an image's layers, each once. */
export function layersOf({ record }: Pick<StoredImage, "record">): string[] {
  return (record?.files ?? []).flatMap(({ path }) => /^layers\/([0-9a-f]{64})\.tar$/.exec(path)?.[1] ?? []);
}

/** Bytes of an image that no other shares: its index and what describes its disk. */
export function ownBytes({ record }: Pick<StoredImage, "record">): number {
  return (record?.files ?? []).reduce(
    (sum, { path, bytes }) => (path.startsWith("layers/") ? sum : sum + bytes),
    0,
  );
}

/** Bytes of all that is there. */
export function totalBytes({ images, layers }: Inventory): number {
  const own = images.reduce((sum, image) => sum + ownBytes(image), 0);
  return [...layers.values()].reduce((sum, bytes) => sum + bytes, own);
}
