import { type Entry, NO_SEGMENTS, NO_XATTRS } from "./entry.js";

/** A file, directory, link or device of the merged image. Hard links are several names for one inode. */
export interface Inode {
  /** Its attributes; the path is the one in the layer's tar. */
  entry: Entry;
  /** The layer whose tar contains its data: index into the layers, lowest first. */
  layer: number;
  /** The names in a directory; undefined for anything else. */
  children: Map<string, Name> | undefined;
  /** Its position in the EROFS image's order of inodes; -1 until assigned (erofs/numbering.ts). */
  number: number;
}

/** A name in a directory. */
export interface Name {
  inode: Inode;
  /** The last layer that created something at or below this name: whiteouts of that layer do not remove it. */
  touched: number;
}

const SETGID = 0o2000;

/** The root, and parent directories that no layer contains: 0755, root, at the epoch. */
const DEFAULT_FOLDER: Entry = Object.freeze({
  path: "",
  type: "directory",
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: 0,
  mtimeNanoseconds: 0,
  size: 0,
  linkTarget: "",
  major: 0,
  minor: 0,
  xattrs: NO_XATTRS,
  segments: NO_SEGMENTS,
});

/**
 * Creates a directory that no layer contains.
 * @param parent the directory in which it is created: if it has the setgid bit, its group is inherited, as by mkdir(2)
 */
export function makeFolder(layer: number, parent?: Inode): Inode {
  const entry =
    parent !== undefined && (parent.entry.mode & SETGID) !== 0
      ? { ...DEFAULT_FOLDER, mode: DEFAULT_FOLDER.mode | SETGID, gid: parent.entry.gid }
      : DEFAULT_FOLDER;
  return { entry, layer, children: new Map(), number: -1 };
}
