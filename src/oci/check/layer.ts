import { createHash, type Hash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { BoxError, errnoOf } from "../../errors.js";
import { encodeEntries } from "../index/entry-file.js";
import { createTarIndexer } from "../index/tar-indexer.js";
import { isZeros } from "../index/zeros.js";
import { encodeLayerIndex } from "../store/layers.js";
import { layerFiles, layersFolder } from "../store/paths.js";
import type { Store } from "../store/store.js";

const BLOCK = 512;
const PIECE_BYTES = 2 ** 20;

/** Returns whether the hash up to the last block, updated with that block without its padding, equals the digest. */
function matchesWithoutPadding(before: Hash, last: Uint8Array, digits: string): boolean {
  for (let length = last.length; length >= 0; length--) {
    if (!isZeros(last.subarray(length))) return false;
    if (before.copy().update(last.subarray(0, length)).digest("hex") === digits) return true;
  }
  return false;
}

/** The state of a layer during a pull, or after a removal was killed. */
export const INCOMPLETE = "one of its two files is missing";

/**
 * Reads a whole layer, and compares it with its digest and its entry list.
 * @param digits hexadecimal digits of its diffID
 * @returns what is wrong; undefined if nothing is
 */
export async function checkLayer(store: Store, digits: string): Promise<string | undefined> {
  const files = layerFiles(layersFolder(store), digits);
  const indexer = createTarIndexer();
  const hash = createHash("sha256");
  let size = 0;
  let last = Buffer.alloc(0);
  try {
    const tar = await open(files.tar, "r");
    try {
      ({ size } = await tar.stat());
      const body = Math.max(0, size - BLOCK);
      for (let at = 0; at < size;) {
        store.signal?.throwIfAborted();
        const length = Math.min(PIECE_BYTES, (at < body ? body : size) - at);
        const { bytesRead, buffer } = await tar.read(Buffer.allocUnsafe(length), 0, length, at);
        if (bytesRead === 0) return "it shrank while being read";
        const piece = buffer.subarray(0, bytesRead);
        indexer.push(piece);
        if (at < body) hash.update(piece);
        else last = Buffer.concat([last, piece]);
        at += bytesRead;
      }
    } finally {
      await tar.close();
    }
    if (!matchesWithoutPadding(hash, last, digits)) return "its content does not match its digest";
    const entries = encodeLayerIndex(size, encodeEntries(indexer.end()));
    return entries.equals(await readFile(files.entries))
      ? undefined
      : "its entry list does not match its tar";
  } catch (error) {
    store.signal?.throwIfAborted();
    if (errnoOf(error) === "ENOENT") return INCOMPLETE;
    if (error instanceof BoxError) return error.message;
    throw error;
  }
}
