import { stat, utimes } from "node:fs/promises";
import { relative, join } from "node:path";
import * as z from "zod/mini";
import { ImageRunConfig, type Image } from "../image.js";
import { imageFiles, imageFolder, imagesFolder } from "./paths.js";
import { namesIn, readJson, statIfExists } from "../../host/read.js";
import type { Store } from "./store.js";

/** `images/DIGEST/image.json`: what a start and `box images` need, so that they do not read manifests. */
const ImageRecord = z.object({
  id: z.string(),
  platform: z.string(),
  created: z.optional(z.string()),
  config: ImageRunConfig,
  /** The store in which it was created: the disk refers to its parts by absolute path. */
  root: z.string(),
  /** The files of its disk, with paths in the store, and sizes in bytes. */
  files: z.array(z.object({ path: z.string(), bytes: z.number() })),
});
export type ImageRecord = z.infer<typeof ImageRecord>;

/** Measures the files of an image. @param files absolute paths: where each is now, and its final path in the store */
export async function measureFiles(
  store: Store,
  files: { now: string; path: string }[],
): Promise<ImageRecord["files"]> {
  return Promise.all(
    files.map(async ({ now, path }) => ({
      path: relative(store.root, path),
      bytes: (await stat(now)).size,
    })),
  );
}

/** Reads the record of an image; undefined if the image is not in the store, or its record is unreadable. */
export async function readRecord(store: Store, digest: string): Promise<ImageRecord | undefined> {
  const result = z.safeParse(ImageRecord, await readJson(imageFiles(imageFolder(store, digest)).record));
  return result.success ? result.data : undefined;
}

/**
 * Compares the files of an image with its record: existence and size, with one stat each.
 * @throws BoxError store-unreadable
 * @returns the path of the first file that is missing or has another size; undefined if the image is complete.
 */
export async function findDamage(store: Store, { root, files }: ImageRecord): Promise<string | undefined> {
  // The store was moved, so the disk refers to the old location.
  if (root !== store.root) return root;
  const whole = await Promise.all(
    files.map(async ({ path, bytes }) => (await statIfExists(join(root, path)))?.size === bytes),
  );
  const damaged = files[whole.indexOf(false)];
  return damaged && join(root, damaged.path);
}

/** Reads the record of an image; undefined unless it is in the store, and complete. */
export async function readWholeRecord(store: Store, digest: string): Promise<ImageRecord | undefined> {
  const record = await readRecord(store, digest);
  return record && (await findDamage(store, record)) === undefined ? record : undefined;
}

export function toImage(
  store: Store,
  reference: string,
  digest: string,
  { id, platform, config }: Pick<ImageRecord, "id" | "platform" | "config">,
): Image {
  return { reference, digest, id, platform, config, disk: imageFiles(imageFolder(store, digest)).disk };
}

/** Records that an image is used now, as the modification time of its record. */
export async function touchImage(store: Store, digest: string): Promise<void> {
  const now = new Date();
  // It may have been removed, or belong to another user, whose store this process does not maintain.
  await utimes(imageFiles(imageFolder(store, digest)).record, now, now).catch(() => undefined);
}

/** Returns the digests of the manifests of all images in the store, complete or not. */
export async function listImageDigests(store: Store): Promise<string[]> {
  const names = await namesIn(imagesFolder(store));
  return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).map((name) => `sha256:${name}`);
}
