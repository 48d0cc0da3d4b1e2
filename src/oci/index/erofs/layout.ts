import { BoxError } from "../../../errors.js";
import { inLayer } from "../bad-layer.js";
import type { Inode } from "../tree.js";
import { type ChunkPlan, copiedChunks, planChunks } from "./chunks.js";
import { direntBytes } from "./dirents.js";
import {
  BLOCK,
  BLOCK_BITS,
  CHUNK_INDEX_BYTES,
  COMPACT_INODE_BYTES,
  DEVICE_SLOT_BYTES,
  EXTENDED_INODE_BYTES,
  roundUp,
  SLOT_BYTES,
  SUPERBLOCK_BYTES,
  SUPERBLOCK_OFFSET,
} from "./format.js";
import type { Numbering } from "./numbering.js";
import { xattrArea } from "./xattrs.js";

export const DEVICE_TABLE = SUPERBLOCK_OFFSET + SUPERBLOCK_BYTES;

/** Maximum size of the metadata, which is written at once, in bytes; a million files need about a hundred million. */
const MAX_METADATA = 512 * 1024 * 1024;

/** Positions in the index file: superblock, device table, inodes (with inline data), directory blocks, copied data. */
export interface Layout {
  /** Offset of each inode in the index file in bytes, a multiple of 32. */
  inodes: Float64Array;
  /** For each directory or link that is not inline: the offset of its blocks, relative to `blocks`. */
  data: Map<number, number>;
  /** Offset at which the blocks of directories and links begin. */
  blocks: number;
  /** For each file with data: how it is divided into chunks. */
  chunks: (ChunkPlan | undefined)[];
  /** For each copied file: the offset of its chunks, relative to `copies`. */
  copied: Map<number, number>;
  /** Offset at which copied data begins; everything before it is metadata, written at once. */
  copies: number;
  /** Size of the index file in bytes, whole blocks. */
  bytes: number;
  xattrs: Map<number, Buffer>;
  compactTime: CompactTime;
}

/** The time of compact inodes, which do not store their own: the file system's, set to what most inodes have. */
export interface CompactTime {
  seconds: number;
  nanoseconds: number;
}

export function planLayout({ inodes, links, names }: Numbering, devices: number): Layout {
  const compactTime = majorityTime(inodes);
  const layout: Layout = {
    inodes: new Float64Array(inodes.length),
    data: new Map(),
    blocks: 0,
    chunks: [],
    copied: new Map(),
    copies: 0,
    bytes: 0,
    xattrs: new Map(),
    compactTime,
  };
  let at = DEVICE_TABLE + devices * DEVICE_SLOT_BYTES;
  let blocks = 0;
  let copies = 0;
  inodes.forEach((inode, number) => {
    const { entry } = inode;
    const xattrs = ofLayer(inode.layer, () => xattrArea(entry));
    if (xattrs.length > 0) layout.xattrs.set(number, xattrs);
    const header = inodeBytes(inode, links[number] ?? 1, compactTime) + xattrs.length;
    const list = names[number];
    const inline = list === undefined ? entry.linkTarget.length : direntBytes(list);
    if (inline > 0 && header + inline <= BLOCK) {
      // Inline data must share the inode's block (the kernel's erofs_map_blocks).
      at = place(layout, number, at, header + inline);
    } else if (inline > 0) {
      at = place(layout, number, at, header);
      layout.data.set(number, blocks);
      blocks += roundUp(inline, BLOCK);
    } else if (entry.size > 0) {
      const plan = ofLayer(inode.layer, () => planChunks(entry));
      layout.chunks[number] = plan;
      at = place(layout, number, at, roundUp(header, CHUNK_INDEX_BYTES) + plan.count * CHUNK_INDEX_BYTES);
      if (plan.copied) {
        layout.copied.set(number, copies);
        copies += copiedChunks(entry, plan) * 2 ** (BLOCK_BITS + plan.bits);
      }
    } else {
      at = place(layout, number, at, header);
    }
  });
  layout.blocks = roundUp(at, BLOCK);
  layout.copies = layout.blocks + blocks;
  if (layout.copies > MAX_METADATA) {
    throw new BoxError(
      "image-too-large",
      `the image's file system needs ${layout.copies} bytes of metadata; the maximum is ${MAX_METADATA}`,
    );
  }
  layout.bytes = layout.copies + copies;
  checkAddressable(layout.bytes);
  return layout;
}

/** Adds the layer's number to errors. */
function ofLayer<T>(layer: number, plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    throw error instanceof BoxError ? inLayer(`${layer + 1}`, error) : error;
  }
}

/** Block addresses have 32 bits, and one value is reserved for holes. @throws BoxError `image-too-large` */
export function checkAddressable(bytes: number): void {
  if (bytes / BLOCK >= 0xffff_ffff) {
    throw new BoxError("image-too-large", `the image needs a disk of ${bytes} bytes; the maximum is 2 TiB`);
  }
}

export function inodeBytes({ entry }: Inode, links: number, time: CompactTime): number {
  const compact =
    entry.mtime === time.seconds &&
    entry.mtimeNanoseconds === time.nanoseconds &&
    entry.uid <= 0xffff &&
    entry.gid <= 0xffff &&
    links <= 0xffff &&
    entry.size <= 0xffff_ffff;
  return compact ? COMPACT_INODE_BYTES : EXTENDED_INODE_BYTES;
}

/**
 * Assigns an inode its offset. An inode that fits in a block together with what follows it (xattrs, inline data, chunk
 * indexes) does not cross a block boundary; otherwise, only the inode itself does not.
 * @returns the earliest offset for the next one
 */
function place(layout: Layout, number: number, at: number, bytes: number): number {
  const together = bytes <= BLOCK ? bytes : EXTENDED_INODE_BYTES;
  const start = (at % BLOCK) + together > BLOCK ? roundUp(at, BLOCK) : at;
  layout.inodes[number] = start;
  return roundUp(start + bytes, SLOT_BYTES);
}

/** Returns the time that more than half of the inodes have, if any (Boyer and Moore's majority vote). */
function majorityTime(inodes: readonly Inode[]): CompactTime {
  let seconds = 0;
  let nanoseconds = 0;
  let votes = 0;
  for (const { entry } of inodes) {
    if (votes === 0) {
      seconds = entry.mtime;
      nanoseconds = entry.mtimeNanoseconds;
    }
    votes += entry.mtime === seconds && entry.mtimeNanoseconds === nanoseconds ? 1 : -1;
  }
  return { seconds, nanoseconds };
}
