import { type Entry, NO_SEGMENTS, NO_XATTRS } from "./entry.js";

/** A file, folder, link or device of the merged image. Hard links are several names of one inode. */
export interface Inode {
  /** Its attributes; the path in it is the one of the layer's tar. */
  entry: Entry;
  /** Which layer's tar holds its data: index into the layers, lowest first. */
  layer: number;
  /** Names in a folder; undefined for anything else. */
  children: Map<string, Name> | undefined;
  /** Its place in the EROFS image's order of inodes; -1 until it has one (erofs/numbering.ts). */
  number: number;
}

/** A name in a folder. */
export interface Name {
  inode: Inode;
  /** The last layer that put something at or below this name: a whiteout of that layer leaves it alone. */
  touched: number;
}

const SETGID = 0o2000;

/** The root, and parents that no layer mentions: 0755, root, at the epoch. */
const MADE_FOLDER: Entry = Object.freeze({
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
 * A folder that no layer mentions.
 * @param parent the folder that it is made in: its group is passed on where it has the setgid bit, as mkdir(2) does
 */
export function makeFolder(layer: number, parent?: Inode): Inode {
  const entry =
    parent !== undefined && (parent.entry.mode & SETGID) !== 0
      ? { ...MADE_FOLDER, mode: MADE_FOLDER.mode | SETGID, gid: parent.entry.gid }
      : MADE_FOLDER;
  return { entry, layer, children: new Map(), number: -1 };
}
