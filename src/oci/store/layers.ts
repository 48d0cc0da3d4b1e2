import { open, readFile, rm, stat } from "node:fs/promises";
import { layerFiles, layersFolder } from "./paths.js";

/** `layers/DIFFID.idx` begins with the size of its tar, u64 little-endian; the encoded entries follow. */
const HEADER_BYTES = 8;

export function encodeLayerIndex(tarBytes: number, entries: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeBigUInt64LE(BigInt(tarBytes));
  return Buffer.concat([header, entries]);
}

/**
 * Is the layer here? One whose tar has another size than was written is removed, so that it comes anew.
 * Content is not read: it was verified and fsynced before the files got their names.
 */
export async function hasLayer(diffId: string): Promise<boolean> {
  const { tar, entries } = layerFiles(layersFolder(), diffId);
  const [size, expected] = await Promise.all([
    stat(tar).then(
      (found) => found.size,
      () => undefined,
    ),
    readTarBytes(entries),
  ]);
  if (size !== undefined && size === expected) return true;
  await Promise.all([rm(entries, { force: true }), rm(tar, { force: true })]);
  return false;
}

async function readTarBytes(path: string): Promise<number | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return bytesRead === HEADER_BYTES ? Number(buffer.readBigUInt64LE()) : undefined;
  } finally {
    await file.close();
  }
}

/** Size of a layer's tar in bytes, and its encoded entries. */
export async function readLayerIndex(
  folder: string,
  diffId: string,
): Promise<{ tarBytes: number; entries: Buffer }> {
  const data = await readFile(layerFiles(folder, diffId).entries);
  return { tarBytes: Number(data.readBigUInt64LE()), entries: data.subarray(HEADER_BYTES) };
}
