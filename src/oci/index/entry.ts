/**
 * An entry of a layer: a decoded header of its tar.
 *
 * Names are bytes on Linux, and tars contain names that are not UTF-8. Every name, target and xattr name here is a
 * "latin1 string": one character (0…255) per byte. It round-trips, and `<` on such strings is the bytewise order that
 * EROFS requires.
 */
export interface Entry {
  /** As in the tar: not normalized; may begin with `./` or `/`, and end with `/`. */
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
  /** Size of a file in bytes as the guest sees it, including holes; otherwise 0. */
  size: number;
  /** Target of a symbolic or hard link; otherwise empty. */
  linkTarget: string;
  /** Device number of a character or block device; otherwise 0. */
  major: number;
  minor: number;
  xattrs: readonly Xattr[];
  /** Positions of a file's data, ascending, without overlap; anything that no segment covers is a hole. */
  segments: readonly Segment[];
}

export type EntryType = "file" | "directory" | "symlink" | "hardlink" | "char" | "block" | "fifo";

export interface Xattr {
  /** Full name, e.g. `security.capability`. */
  name: string;
  value: Buffer;
}

export interface Segment {
  /** Offset in the file, in bytes. */
  fileOffset: number;
  /** Offset in the layer's uncompressed tar, in bytes. */
  tarOffset: number;
  /** In bytes, at least 1. */
  length: number;
}

/** Shared by all entries that have none. */
export const NO_XATTRS: readonly Xattr[] = Object.freeze([]);
export const NO_SEGMENTS: readonly Segment[] = Object.freeze([]);

/** Maximum memory for the entries of all layers of an image, in bytes as estimated by keptBytes: 1.4 million files. */
export const MAX_KEPT = 640 * 1024 * 1024;

/** Estimates the memory that an entry needs, including everything derived from it later, in bytes. */
export function keptBytes({ path, linkTarget, xattrs, segments }: Entry): number {
  let bytes = 400 + path.length + linkTarget.length + 100 * segments.length;
  for (const { name, value } of xattrs) bytes += 200 + name.length + value.length;
  return bytes;
}

/** Formats a latin1 string for display: as UTF-8 if it is valid, quoted, control characters escaped, one short line. */
export function showName(name: string): string {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return JSON.stringify(Buffer.from(shown, "latin1").toString("utf8"));
}
