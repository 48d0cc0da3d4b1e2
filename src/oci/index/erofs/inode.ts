import type { Entry } from "../entry.js";
import { CHUNK_WITH_INDEXES, fileType } from "./format.js";

export interface InodeFields {
  entry: Entry;
  /** 64 bytes, with its own time; otherwise 32. */
  extended: boolean;
  layout: number;
  xattrCount: number;
  links: number;
  /** stat reports the nid as the inode number; this one is only used on 32-bit systems. */
  number: number;
  /** Size of the data, dirents or link target in bytes. */
  size: number;
  /** First block of dirents or a link target that are not inline. */
  block: number;
  chunkBits: number | undefined;
}

/** Writes struct erofs_inode_compact or erofs_inode_extended to zeroed space. */
export function writeInode(out: Buffer, at: number, inode: InodeFields): void {
  const { entry, extended, links, number, size } = inode;
  out.writeUInt16LE((extended ? 1 : 0) | (inode.layout << 1), at);
  out.writeUInt16LE(inode.xattrCount, at + 2);
  // Linux ignores the mode of a symbolic link and always shows 0777, whatever the tar says.
  const mode = entry.type === "symlink" ? 0o777 : entry.mode;
  out.writeUInt16LE(fileType(entry.type).mode | mode, at + 4);
  out.writeUInt32LE(union(inode), at + 16);
  out.writeUInt32LE(number + 1, at + 20);
  if (extended) {
    writeUInt64(out, size, at + 8);
    out.writeUInt32LE(entry.uid, at + 24);
    out.writeUInt32LE(entry.gid, at + 28);
    writeUInt64(out, entry.mtime, at + 32);
    out.writeUInt32LE(entry.mtimeNanoseconds, at + 40);
    out.writeUInt32LE(links, at + 44);
  } else {
    out.writeUInt16LE(links, at + 6);
    out.writeUInt32LE(size, at + 8);
    out.writeUInt16LE(entry.uid, at + 24);
    out.writeUInt16LE(entry.gid, at + 26);
  }
}

/** Returns the value of i_u, whose meaning depends on the file type. */
function union({ entry, block, chunkBits }: InodeFields): number {
  if (entry.type === "char" || entry.type === "block") return deviceNumber(entry.major, entry.minor);
  return chunkBits === undefined ? block : chunkBits | CHUNK_WITH_INDEXES;
}

/** Linux's new_encode_dev. */
function deviceNumber(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** Negative values, such as times before 1970, are written in two's complement. */
export function writeUInt64(out: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 2 ** 32);
  out.writeUInt32LE(value - high * 2 ** 32, at);
  out.writeInt32LE(high | 0, at + 4);
}
