import { badLayer } from "../bad-layer.js";
import { type Entry, type Segment, showName } from "../entry.js";
import { BLOCK, BLOCK_BITS, CHUNK_INDEX_BYTES, HOLE, MAX_CHUNK_BITS } from "./format.js";

/**
 * How a file's data is located. The file is divided into chunks of one size, each of which is a hole or is stored
 * contiguously from some block on. An ordinary file is one chunk, however large. A sparse file has as few chunks as the
 * alignment of its segments allows; if they are not aligned to blocks, or there would be too many chunks, its data is
 * copied to the index file.
 */
export interface ChunkPlan {
  /** A chunk has 512 << bits bytes. */
  bits: number;
  count: number;
  copied: boolean;
}

/** Maximum number of chunks of one file; their indexes take 512 KiB. */
const MAX_CHUNKS = 65_536;

/** @throws BoxError `bad-layer` if the file is too large for the format */
export function planChunks(entry: Entry): ChunkPlan {
  const { size, segments } = entry;
  const aligned = Math.min(MAX_CHUNK_BITS, alignment(segments, size));
  if (aligned >= 0) {
    const bits = Math.min(aligned, bitsFor(size, 1));
    const count = chunkCount(size, bits);
    if (count <= MAX_CHUNKS) return { bits, count, copied: false };
  }
  const bits = bitsFor(size, MAX_CHUNKS);
  if (bits > MAX_CHUNK_BITS) throw badLayer(`file ${showName(entry.path)} is too large: ${size} bytes`);
  return { bits, count: chunkCount(size, bits), copied: true };
}

/** Returns the largest chunk size (in bits) at which every chunk is a hole or inside one segment; negative if none. */
function alignment(segments: readonly Segment[], size: number): number {
  let bits = MAX_CHUNK_BITS;
  for (const { fileOffset, tarOffset, length } of segments) {
    if (tarOffset % BLOCK !== 0) return -1;
    bits = Math.min(bits, zeroBits(fileOffset));
    if (fileOffset + length < size) bits = Math.min(bits, zeroBits(length));
  }
  return bits;
}

/** Returns how often `bytes` can be halved into whole blocks; negative if it is not a number of whole blocks itself. */
function zeroBits(bytes: number): number {
  if (bytes % BLOCK !== 0) return -1;
  if (bytes === 0) return MAX_CHUNK_BITS;
  let bits = 0;
  for (let blocks = bytes / BLOCK; blocks % 2 === 0; blocks /= 2) bits++;
  return bits;
}

/** Returns the smallest chunk size (in bits) at which `size` bytes are at most `chunks` chunks. */
function bitsFor(size: number, chunks: number): number {
  let bits = 0;
  while (chunkCount(size, bits) > chunks) bits++;
  return bits;
}

function chunkCount(size: number, bits: number): number {
  return Math.ceil(size / 2 ** (BLOCK_BITS + bits));
}

/** Bytes to be copied from a layer's tar to the index file. */
export interface Copy {
  layer: number;
  tarOffset: number;
  length: number;
  /** Offset in the index file, in bytes. */
  offset: number;
}

/**
 * Writes the chunk indexes of a file whose data stays in the tar.
 * @param device number of the tar's device
 */
export function writeTarChunks(out: Buffer, at: number, entry: Entry, plan: ChunkPlan, device: number): void {
  const chunk = 2 ** (BLOCK_BITS + plan.bits);
  let next = 0;
  for (let i = 0; i < plan.count; i++) {
    const start = i * chunk;
    let segment = entry.segments[next];
    while (segment !== undefined && segment.fileOffset + segment.length <= start)
      segment = entry.segments[++next];
    if (segment === undefined || segment.fileOffset > start)
      writeIndex(out, at + i * CHUNK_INDEX_BYTES, 0, HOLE);
    else {
      const block = (segment.tarOffset + start - segment.fileOffset) / BLOCK;
      writeIndex(out, at + i * CHUNK_INDEX_BYTES, device, block);
    }
  }
}

/** Counts the chunks of a copied file that contain data, and therefore take space in the index file. */
export function copiedChunks({ segments }: Entry, { bits }: ChunkPlan): number {
  let count = 0;
  eachTouched(segments, bits, (first, last) => (count += last - first + 1));
  return count;
}

/**
 * Writes the chunk indexes of a file whose data is copied to the index file.
 * @param space offset of its `copiedChunks` chunks in the index file
 * @returns the copies to be made
 */
export function writeCopiedChunks(
  out: Buffer,
  at: number,
  { entry, layer }: { entry: Entry; layer: number },
  plan: ChunkPlan,
  space: number,
): Copy[] {
  const chunk = 2 ** (BLOCK_BITS + plan.bits);
  const addresses = new Map<number, number>();
  let free = space;
  eachTouched(entry.segments, plan.bits, (first, last) => {
    for (let i = first; i <= last; i++, free += chunk) addresses.set(i, free);
  });
  for (let i = 0; i < plan.count; i++) {
    const address = addresses.get(i);
    writeIndex(out, at + i * CHUNK_INDEX_BYTES, 0, address === undefined ? HOLE : address / BLOCK);
  }
  return entry.segments.map(({ fileOffset, tarOffset, length }) => {
    const first = Math.floor(fileOffset / chunk);
    const offset = (addresses.get(first) ?? 0) + fileOffset - first * chunk;
    return { layer, tarOffset, length, offset };
  });
}

/** Calls `run` with each range of chunks that contain data; each chunk is in one range only. */
function eachTouched(
  segments: readonly Segment[],
  bits: number,
  run: (first: number, last: number) => void,
): void {
  const chunk = 2 ** (BLOCK_BITS + bits);
  let done = -1;
  for (const { fileOffset, length } of segments) {
    const first = Math.max(done + 1, Math.floor(fileOffset / chunk));
    const last = Math.floor((fileOffset + length - 1) / chunk);
    if (last >= first) run(first, last);
    done = Math.max(done, last);
  }
}

function writeIndex(out: Buffer, at: number, device: number, block: number): void {
  out.writeUInt16LE(0, at);
  out.writeUInt16LE(device, at + 2);
  out.writeUInt32LE(block, at + 4);
}
