import {
  BLOCK,
  BLOCK_BITS,
  DEVICE_SLOT_BYTES,
  FEATURE_CHUNKED_FILE,
  FEATURE_DEVICE_TABLE,
  FEATURE_MTIME,
  MAGIC,
  SLOT_BYTES,
  SUPERBLOCK_OFFSET,
} from "./format.js";
import { writeUInt64 } from "./inode.js";
import { DEVICE_TABLE, type Layout } from "./layout.js";

/**
 * Writes struct erofs_super_block and the device table to zeroed space. Omits the checksum: it covers one block from
 * the superblock on, and erofs-utils fails to compute it if blocks are smaller than the superblock's offset.
 */
export function writeSuperblock(
  out: Buffer,
  layout: Layout,
  devices: readonly { bytes: number }[],
  inodes: number,
): void {
  const at = SUPERBLOCK_OFFSET;
  const blocks = layout.bytes / BLOCK;
  out.writeUInt32LE(MAGIC, at);
  out.writeUInt32LE(FEATURE_MTIME, at + 8);
  out[at + 12] = BLOCK_BITS;
  // The root's nid has 16 bits; it fits because the root is the first inode, directly after the device table.
  out.writeUInt16LE((layout.inodes[0] ?? 0) / SLOT_BYTES, at + 14);
  writeUInt64(out, inodes, at + 16);
  writeUInt64(out, layout.compactTime.seconds, at + 24);
  out.writeUInt32LE(layout.compactTime.nanoseconds, at + 32);
  out.writeUInt32LE(blocks, at + 36);
  // meta_blkaddr (at 40) stays 0: nids count from the start of the disk.
  out.writeUInt32LE(FEATURE_CHUNKED_FILE | (devices.length > 0 ? FEATURE_DEVICE_TABLE : 0), at + 80);
  out.writeUInt16LE(devices.length, at + 86);
  out.writeUInt16LE(devices.length > 0 ? DEVICE_TABLE / DEVICE_SLOT_BYTES : 0, at + 88);
  let mapped = layout.bytes;
  devices.forEach(({ bytes }, i) => {
    out.writeUInt32LE(bytes / BLOCK, DEVICE_TABLE + i * DEVICE_SLOT_BYTES + 64);
    mapDevice(out, i, mapped);
    mapped += bytes;
  });
}

/** Returns the size of the beginning of an index, up to the end of the device table, in bytes. */
export function headBytes(devices: number): number {
  return DEVICE_TABLE + devices * DEVICE_SLOT_BYTES;
}

/** Returns the size in bytes of an index and its devices, according to the beginning of the index. */
export function bytesIn(head: Buffer, devices: number): number {
  const positions = Array.from({ length: devices }, (_, i) => DEVICE_TABLE + i * DEVICE_SLOT_BYTES + 64);
  return [SUPERBLOCK_OFFSET + 36, ...positions].reduce((sum, at) => sum + head.readUInt32LE(at) * BLOCK, 0);
}

/** Records the position of a device on the guest's disk. @param offset in bytes, whole blocks */
export function mapDevice(head: Buffer, device: number, offset: number): void {
  head.writeUInt32LE(offset / BLOCK, DEVICE_TABLE + device * DEVICE_SLOT_BYTES + 68);
}
