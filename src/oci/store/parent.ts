import { readFile, writeFile } from "node:fs/promises";
import { isDigest } from "../../config/syntax/reference.js";
import { imageFiles, imageFolder } from "./paths.js";
import type { Store } from "./store.js";

const parentFile = (store: Store, digest: string) => imageFiles(imageFolder(store, digest)).parent;

/** Records the image that another one was committed from; both by the digests of their manifests. */
export async function writeParent(store: Store, digest: string, parent: string): Promise<void> {
  await writeFile(parentFile(store, digest), parent, { mode: 0o600 });
}

/** Returns the digest of the image that an image was committed from; undefined if it was not committed here. */
export async function readParent(store: Store, digest: string): Promise<string | undefined> {
  const parent = await readFile(parentFile(store, digest), "utf8").catch(() => "");
  return isDigest(parent) ? parent : undefined;
}
