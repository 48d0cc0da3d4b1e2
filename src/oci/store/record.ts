import { stat, utimes } from "node:fs/promises";
import { relative, join } from "node:path";
import * as z from "zod/mini";
import { ImageRunConfig, type Image } from "../image.js";
import { imageFiles, imageFolder, imagesFolder } from "./paths.js";
import { namesIn, readJson, statIfExists } from "../../host/read.js";
import type { Store } from "./store.js";

/** `images/DIGEST/image.json`: what a start and `box images` need, so that neither reads manifests. */
const ImageRecord = z.object({
  id: z.string(),
  platform: z.string(),
  created: z.optional(z.string()),
  config: ImageRunConfig,
  /** The store it was made in: the disk names its parts by absolute path. */
  root: z.string(),
  /** The files its disk consists of, by path in the store, and their sizes in bytes. */
  files: z.array(z.object({ path: z.string(), bytes: z.number() })),
});
export type ImageRecord = z.infer<typeof ImageRecord>;

/** @param files absolute paths of finished files in the store, as they are now */
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

/** The record of an image; undefined when the image is not here or was left unreadable. */
export async function readRecord(store: Store, digest: string): Promise<ImageRecord | undefined> {
  const result = z.safeParse(ImageRecord, await readJson(imageFiles(imageFolder(store, digest)).record));
  return result.success ? result.data : undefined;
}

/**
 * Compares the files of an image with its record: existence and size, one stat each.
 * @throws BoxError store-unreadable
 * @returns the path of the first file that is missing or has another size; undefined when the image is whole.
 */
export async function findDamage(store: Store, { root, files }: ImageRecord): Promise<string | undefined> {
  // The store was moved: the disk points at the old place.
  if (root !== store.root) return root;
  const whole = await Promise.all(
    files.map(async ({ path, bytes }) => (await statIfExists(join(root, path)))?.size === bytes),
  );
  const damaged = files[whole.indexOf(false)];
  return damaged && join(root, damaged.path);
}

/** The record of an image that is here and whole. */
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

/** Puts on record that an image is used now; the time of its record's file says when it was last. */
export async function touchImage(store: Store, digest: string): Promise<void> {
  const now = new Date();
  // It may have gone, or belong to somebody else: then it is not ours to look after.
  await utimes(imageFiles(imageFolder(store, digest)).record, now, now).catch(() => undefined);
}

/** Digests of the manifests of all images that are here, whole or not. */
export async function listImageDigests(store: Store): Promise<string[]> {
  const names = await namesIn(imagesFolder(store));
  return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).map((name) => `sha256:${name}`);
}
