import { readIfExists, statIfExists } from "../../host/read.js";
import { decodeEntries } from "../index/entry-file.js";
import type { Entry } from "../index/entry.js";
import { layerFiles, layersFolder } from "./paths.js";
import type { Store } from "./store.js";

/** `layers/DIFFID.idx` begins with the size of the tar, u64 little-endian, followed by the encoded entries. */
const HEADER_BYTES = 8;

export function encodeLayerIndex(tarBytes: number, entries: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeBigUInt64LE(BigInt(tarBytes));
  return Buffer.concat([header, entries]);
}

export interface StoredLayer {
  /** Absolute path of its tar. */
  tar: string;
  tarBytes: number;
  entries: Entry[];
}

/**
 * Reads a layer; undefined if it is not in the store, or its files are not as they were written. Such files are left
 * for the next pull to replace: another pull may be creating them right now.
 * Does not read the content of the tar, which was verified and fsynced before it got its name.
 * @throws BoxError store-unreadable
 */
export async function readLayer(store: Store, diffId: string): Promise<StoredLayer | undefined> {
  const files = layerFiles(layersFolder(store), diffId);
  const [stats, data] = await Promise.all([statIfExists(files.tar), readIfExists(files.entries)]);
  if (!stats || !data) return undefined;
  try {
    const tarBytes = Number(data.readBigUInt64LE());
    if (stats.size !== tarBytes) return undefined;
    return { tar: files.tar, tarBytes, entries: decodeEntries(data.subarray(HEADER_BYTES)) };
  } catch {
    return undefined;
  }
}
