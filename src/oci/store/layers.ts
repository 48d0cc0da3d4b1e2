import { readIfExists, statIfExists } from "../../host/read.js";
import { decodeEntries } from "../index/entry-file.js";
import type { Entry } from "../index/entry.js";
import { layerFiles, layersFolder } from "./paths.js";
import type { Store } from "./store.js";

/** `layers/DIFFID.idx` begins with the size of its tar, u64 little-endian; the encoded entries follow. */
const HEADER_BYTES = 8;

export function encodeLayerIndex(tarBytes: number, entries: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeBigUInt64LE(BigInt(tarBytes));
  return Buffer.concat([header, entries]);
}

export interface StoredLayer {
  /** Absolute path. */
  tar: string;
  tarBytes: number;
  entries: Entry[];
}

/**
 * A layer that is here; undefined when it is not, or when its files are not what was written. They are left for the
 * next pull to replace: another one may be putting them there at this moment.
 * The tar's content is not read: it was verified and fsynced before it got its name.
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
