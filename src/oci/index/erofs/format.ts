/**
 * The parts of the EROFS on-disk format that an image index needs (Linux, fs/erofs/erofs_fs.h; documented at
 * https://erofs.docs.kernel.org/en/latest/core_ondisk.html).
 */
import type { EntryType } from "../entry.js";

/** Tars align file data to 512 bytes; with blocks of that size, they can be used unchanged. */
export const BLOCK_BITS = 9;
export const BLOCK = 512;

export const SUPERBLOCK_OFFSET = 1024;
export const SUPERBLOCK_BYTES = 128;
export const MAGIC = 0xe0f5e1e2;
/** Compatible feature: the times of inodes are modification times. */
export const FEATURE_MTIME = 2;
/** Incompatible features: chunk-based files; a table of extra devices. */
export const FEATURE_CHUNKED_FILE = 4;
export const FEATURE_DEVICE_TABLE = 8;

export const DEVICE_SLOT_BYTES = 128;

/** Inodes are addressed in slots of 32 bytes; the slot number is the nid. */
export const SLOT_BYTES = 32;
export const COMPACT_INODE_BYTES = 32;
export const EXTENDED_INODE_BYTES = 64;

/** Data layouts: bits 1 to 3 of i_format. */
export const LAYOUT_PLAIN = 0;
export const LAYOUT_INLINE = 2;
export const LAYOUT_CHUNKED = 4;

/** A chunk has 512 << bits bytes, bits from 0 to 31. */
export const MAX_CHUNK_BITS = 31;
export const CHUNK_WITH_INDEXES = 0x20;
export const CHUNK_INDEX_BYTES = 8;
/** Block address of a hole. */
export const HOLE = 0xffff_ffff;

export const DIRENT_BYTES = 12;

export const FILE_TYPES: Record<Exclude<EntryType, "hardlink">, { dirent: number; mode: number }> = {
  file: { dirent: 1, mode: 0o100000 },
  directory: { dirent: 2, mode: 0o040000 },
  char: { dirent: 3, mode: 0o020000 },
  block: { dirent: 4, mode: 0o060000 },
  fifo: { dirent: 5, mode: 0o010000 },
  symlink: { dirent: 7, mode: 0o120000 },
};

export function fileType(type: EntryType): { dirent: number; mode: number } {
  if (type === "hardlink") throw new Error("a hard link is not an inode");
  return FILE_TYPES[type];
}

export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
