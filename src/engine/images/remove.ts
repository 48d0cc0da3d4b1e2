import type { Platform } from "../../config/syntax/platform.js";
import { BoxError } from "../../errors.js";
import { deleteImage } from "../../oci/delete.js";
import type { Context } from "../context.js";
import { deletionsOf, type Deletion } from "./deletion.js";
import { recordRemoved } from "./event.js";
import { usersOfImages } from "./users.js";

export interface RemoveImageOptions {
  /** Although ended boxes were made of it, or several names stand for it; and although there is no such image. */
  force?: boolean | undefined;
  /** Of several platforms' images those that go; all when none is named. */
  platforms?: readonly Platform[] | undefined;
  /** Gives up, unless it is being removed already. */
  signal?: AbortSignal | undefined;
}

/** Removes a name of an image, or the image. @throws as `deleteImage` */
export async function remove(
  context: Context,
  word: string,
  { force = false, platforms, signal }: RemoveImageOptions = {},
): Promise<Deletion[]> {
  const { home } = context;
  const { store } = await context.images();
  try {
    const removed = await deleteImage({ ...store, signal }, word, {
      force,
      platforms,
      usersOf: () => usersOfImages(home),
    });
    recordRemoved(home, removed);
    return deletionsOf(removed);
  } catch (error) {
    // Docker's -f is content when there is nothing to remove.
    if (force && error instanceof BoxError && error.code === "no-such-image") return [];
    throw error;
  }
}
