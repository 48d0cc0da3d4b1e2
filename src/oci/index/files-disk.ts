import { NO_SEGMENTS, NO_XATTRS, type Entry } from "./entry.js";
import { BLOCK, roundUp } from "./erofs/format.js";
import { makeErofs } from "./erofs/image.js";
import { bytesIn, headBytes } from "./erofs/superblock.js";
import { makeFolder, type Inode } from "./tree.js";

/** A file of a disk. */
export interface DiskFile {
  /** Relative, without `.` and `..`; missing parent directories are added. */
  path: string;
  mode: number;
  data: Buffer;
}

function fileEntry({ path, mode, data }: DiskFile, offset: number): Entry {
  const size = data.length;
  const segments = size === 0 ? NO_SEGMENTS : [{ fileOffset: 0, tarOffset: offset, length: size }];
  const none = { uid: 0, gid: 0, mtime: 0, mtimeNanoseconds: 0, linkTarget: "", major: 0, minor: 0 };
  return { path, type: "file", mode, size, segments, xattrs: NO_XATTRS, ...none };
}

/** Returns a directory of a tree, which is created if it is missing. */
function folderAt(root: Inode, path: readonly string[]): Inode {
  let at = root;
  for (const name of path) {
    const inode = at.children?.get(name)?.inode ?? makeFolder(0);
    at.children?.set(name, { inode, touched: 0 });
    at = inode;
  }
  return at;
}

/**
 * Makes an EROFS file system of a few files and empty directories, all of which belong to root.
 * @returns its contents, in parts
 */
export function makeFilesDisk(folders: readonly string[], files: readonly DiskFile[]): Buffer[] {
  const root = makeFolder(0);
  for (const folder of folders) folderAt(root, folder.split("/"));
  const padded: Buffer[] = [];
  let bytes = 0;
  for (const file of files) {
    const names = file.path.split("/");
    const inode: Inode = { entry: fileEntry(file, bytes), layer: 0, children: undefined, number: -1 };
    folderAt(root, names.slice(0, -1)).children?.set(names.at(-1) ?? "", { inode, touched: 0 });
    const end = roundUp(file.data.length, BLOCK);
    padded.push(file.data, Buffer.alloc(end - file.data.length));
    bytes += end;
  }
  const { metadata } = makeErofs(root, [{ bytes }], () => 0);
  return [metadata, ...padded];
}

/** Number of bytes at the beginning of such a file system that `filesDiskBytes` needs. */
export const FILES_HEAD_BYTES = headBytes(1);

/** Returns the size in bytes that such a file system says it has. */
export function filesDiskBytes(head: Buffer): number {
  return bytesIn(head, 1);
}
