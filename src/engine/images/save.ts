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
 * Writes images as an archive. They are found, and held, before it is read; whoever does not read it to its end leaves
 * it (`return`), or they stay held.
 * @param words references, ids, and beginnings of ids
 * @param platforms of an index, those to save; all that are here when none is named
 * @throws as `storedWords` and `findToSave`; the archive throws as `saveArchive`
 */
export async function save(
  context: Context,
  words: readonly string[],
  platforms: readonly Platform[] = [],
  { signal }: SaveOptions = {},
): Promise<AsyncIterableIterator<Uint8Array>> {
  const { store: shared } = await context.images();
  const { store, release } = scopedStore(shared, signal);
  async function findAll(): Promise<ImageToSave[]> {
    const stored: StoredWord[] = [];
    for (const word of words)
      stored.push(...(await storedWords(context, store, word, { platforms, pull: "missing" })));
    return findToSave(store, stored);
  }
  const saved = await findAll().catch(async (error: unknown) => {
    await release();
    throw error;
  });
  async function* write(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* saveArchive(store, saved);
    for (const { images, names } of saved) {
      const id = images[0]?.record.id ?? "";
      recordImageEvent(context.home, "save", id, names[0] ? familiarReference(names[0]) : id);
    }
  }
  return withRelease(write(), release);
}
