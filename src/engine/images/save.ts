import type { Platform } from "../../config/syntax/platform.js";
import { findToSave, type ImageToSave } from "../../oci/archive/find.js";
import { saveArchive } from "../../oci/archive/save.js";
import { withRelease } from "../../host/iterate.js";
import { familiarReference } from "../../config/syntax/reference.js";
import { scopedStore } from "../../oci/store/lease.js";
import type { Context } from "../context.js";
import { recordImageEvent } from "./event.js";
import { storedWords, type StoredWord } from "./stored.js";

export interface SaveOptions {
  signal?: AbortSignal | undefined;
}

/**
 * Streams images as an archive. They are found and leased before the stream is read. Read it to the end or call its
 * `return` method, which releases the leases.
 * @param names references, IDs and ID prefixes
 * @param platforms platforms to save from an image index (default: all that are stored)
 * @throws as `storedWords` and `findToSave`; the stream throws as `saveArchive`
 */
export async function save(
  context: Context,
  names: readonly string[],
  platforms: readonly Platform[] = [],
  { signal }: SaveOptions = {},
): Promise<AsyncIterableIterator<Uint8Array>> {
  const { store: shared } = await context.images();
  const { store, release } = scopedStore(shared, signal);
  async function findAll(): Promise<ImageToSave[]> {
    const stored: StoredWord[] = [];
    for (const name of names)
      stored.push(...(await storedWords(context, store, name, { platforms, pull: "missing" })));
    return findToSave(store, stored);
  }
  const saved = await findAll().catch(async (error: unknown) => {
    await release();
    throw error;
  });
  async function* write(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* saveArchive(store, saved);
    for (const { images, names: saveNames } of saved) {
      const id = images[0]?.record.id ?? "";
      recordImageEvent(context.home, "save", id, saveNames[0] ? familiarReference(saveNames[0]) : id);
    }
  }
  return withRelease(write(), release);
}
