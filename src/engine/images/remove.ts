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
  /** Although ended boxes were made of it, or several names stand for it; and although there is no such image. */
  force?: boolean | undefined;
  /** Of several platforms' images those that go; all when none is named. */
  platforms?: readonly Platform[] | undefined;
  /** Gives up, unless it is being removed already. */
  signal?: AbortSignal | undefined;
}

/** The word for an image in a file is that of its copy in the store, if there is one. Nothing is held after this. */
async function findHere(
  context: Context,
  store: Store,
  word: string,
  platforms: readonly Platform[] | undefined,
): Promise<StoredWord[]> {
  try {
    return await withLeases(store, undefined, (held) =>
      storedWords(context, held, word, { platforms, pull: "never" }),
    );
  } catch (error) {
    if (!(error instanceof BoxError) || error.code !== "image-missing") throw error;
    throw new BoxError("no-such-image", `no such image: ${word.slice(0, 300)}`, { cause: error });
  }
}

/** Removes a name of an image, or the image. @throws as `storedWords` and `deleteImage` */
export async function remove(
  context: Context,
  word: string,
  { force = false, platforms, signal }: RemoveImageOptions = {},
): Promise<Deletion[]> {
  const { home } = context;
  const { store } = await context.images();
  const deletions: Deletion[] = [];
  try {
    for (const { word: stored, platforms: these } of await findHere(context, store, word, platforms)) {
      const removed = await deleteImage({ ...store, signal }, stored, {
        force,
        platforms: these,
        usersOf: () => usersOfImages(home),
      });
      recordRemoved(home, removed);
      deletions.push(...deletionsOf(removed));
    }
    return deletions;
  } catch (error) {
    // Docker's -f is content when there is nothing to remove.
    if (force && error instanceof BoxError && error.code === "no-such-image") return deletions;
    throw error;
  }
}
