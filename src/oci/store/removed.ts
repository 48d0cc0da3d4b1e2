import { rm, writeFile } from "node:fs/promises";
import { errnoOf } from "../../errors.js";
import { isNamed } from "../../host/read.js";
import { imageFiles, imageFolder } from "./paths.js";
import type { Store } from "./store.js";

/**
 * An image that is removed by force stays in the store while boxes need it, so that they can still be started, but has
 * neither a name nor an ID that commands find it by. It goes with the next removal after the last of these boxes.
 */
export async function markRemoved(store: Store, digest: string): Promise<void> {
  await writeFile(imageFiles(imageFolder(store, digest)).removed, "", { mode: 0o600 }).catch(
    (error: unknown) => {
      if (errnoOf(error) !== "ENOENT") throw error;
    },
  );
}

/** The image has been pulled, loaded or made again. */
export async function restoreRemoved(store: Store, digest: string): Promise<void> {
  await rm(imageFiles(imageFolder(store, digest)).removed, { force: true });
}

/** Whether an image has been removed although boxes need it. */
export function isRemoved(store: Store, digest: string): Promise<boolean> {
  return isNamed(imageFiles(imageFolder(store, digest)).removed);
}
