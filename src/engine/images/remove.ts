import type { Platform } from "../../config/syntax/platform.js";
import { BoxError } from "../../errors.js";
import { deleteImage } from "../../oci/delete.js";
import { withLeases } from "../../oci/store/lease.js";
import type { Store } from "../../oci/store/store.js";
import type { Context } from "../context.js";
import { deletionsOf, type Deletion } from "./deletion.js";
import { recordRemoved } from "./event.js";
import { storedWords, type StoredWord } from "./stored.js";
import { usersOfImages } from "./users.js";

export interface RemoveImageOptions {
  /** Removes the image even if exited boxes use it or it has several names. */
  force?: boolean | undefined;
  /** Platforms to remove from an image index (default: all). */
  platforms?: readonly Platform[] | undefined;
  /** Aborts, unless the image is already being removed. */
  signal?: AbortSignal | undefined;
}

/** Resolves an image in a file to its copy in the store, if it has been stored. No lease remains afterwards. */
async function findHere(
  context: Context,
  store: Store,
  name: string,
  platforms: readonly Platform[] | undefined,
): Promise<StoredWord[]> {
  try {
    return await withLeases(store, undefined, (leased) =>
      storedWords(context, leased, name, { platforms, pull: "never" }),
    );
  } catch (error) {
    if (!(error instanceof BoxError) || error.code !== "image-missing") throw error;
    throw new BoxError("no-such-image", `No such image: ${name.slice(0, 300)}`, { cause: error });
  }
}

/** Removes a name of an image, or the image. @throws as `storedWords` and `deleteImage` */
export async function remove(
  context: Context,
  name: string,
  { force = false, platforms, signal }: RemoveImageOptions = {},
): Promise<Deletion[]> {
  const { home } = context;
  const { store } = await context.images();
  const deletions: Deletion[] = [];
  for (const { word: stored, platforms: these } of await findHere(context, store, name, platforms)) {
    const removed = await deleteImage({ ...store, signal }, stored, {
      force,
      platforms: these,
      usersOf: () => usersOfImages(home),
    });
    recordRemoved(home, removed);
    deletions.push(...deletionsOf(removed));
  }
  return deletions;
}
