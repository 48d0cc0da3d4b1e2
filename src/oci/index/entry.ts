/**
 * What a layer says about one name: the tar's header, understood.
 *
 * Names are bytes on Linux, and tars hold names that are no UTF-8. Every name, target and xattr name here is a
 * "latin1 string": one character (0…255) a byte. It round-trips, and `<` on such strings is the bytewise order that
 * EROFS wants.
 */
export interface Entry {
  /** As the tar has it: not cleaned, may begin with `./` or `/`, may end with `/`. */
  path: string;
  type: EntryType;
  /** Permissions with setuid, setgid and sticky: 12 bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Whole seconds since 1970, rounded down; may be negative. */
  mtime: number;
  /** 0…999,999,999. */
  mtimeNanoseconds: number;
  /** Bytes of a file as the guest sees it, holes included; 0 for anything else. */
  size: number;
  /** Target of a symbolic or hard link; else empty. */
  linkTarget: string;
  /** Device number of a character or block device; else 0. */
  major: number;
  minor: number;
  xattrs: readonly Xattr[];
  /** Where a file's bytes lie, ascending, without overlap; what no segment covers is a hole. */
  segments: readonly Segment[];
}

export type EntryType = "file" | "directory" | "symlink" | "hardlink" | "char" | "block" | "fifo";

export interface Xattr {
  /** Full name, e.g. `security.capability`. */
  name: string;
  value: Buffer;
}

export interface Segment {
  /** Offset in the file, bytes. */
  fileOffset: number;
  /** Offset in the layer's uncompressed tar, bytes. */
  tarOffset: number;
  /** Bytes, at least 1. */
  length: number;
}

/** Shared by the many entries that have none. */
export const NO_XATTRS: readonly Xattr[] = Object.freeze([]);
export const NO_SEGMENTS: readonly Segment[] = Object.freeze([]);

/** What the entries of all of an image's layers may take in memory, bytes as keptBytes counts: 1.4 million files. */
export const MAX_KEPT = 640 * 1024 * 1024;

/** What an entry takes in memory, about, with all that is made of it later. */
export function keptBytes({ path, linkTarget, xattrs, segments }: Entry): number {
  let bytes = 400 + path.length + linkTarget.length + 100 * segments.length;
  for (const { name, value } of xattrs) bytes += 200 + name.length + value.length;
  return bytes;
}

/** A latin1 string for people's eyes: as UTF-8 if it is that, quoted, control characters escaped, one short line. */
export function showName(name: string): string {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return JSON.stringify(Buffer.from(shown, "latin1").toString("utf8"));
}
