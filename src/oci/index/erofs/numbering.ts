import type { Inode } from "../tree.js";

/** All inodes of a tree in the order in which they are written, and what only a walk over the tree shows. */
export interface Numbering {
  /** Breadth first: a directory before its entries, the entries of a directory together. */
  inodes: Inode[];
  /** Link count of each inode: its number of names; for a directory, 2 plus the number of its subdirectories. */
  links: number[];
  /** For each directory, the number of its parent; the root is its own parent. */
  parents: number[];
  /** For each directory, its names including `.` and `..`, in the bytewise order that lookups rely on. */
  names: (string[] | undefined)[];
}

export function numberInodes(root: Inode): Numbering {
  const inodes = [root];
  const links = [2];
  const parents = [0];
  const names: (string[] | undefined)[] = [];
  root.number = 0;
  for (let number = 0; number < inodes.length; number++) {
    const children = inodes[number]?.children;
    if (children === undefined) {
      names.push(undefined);
      continue;
    }
    // Sorts by UTF-16 code units, which are the bytes in a latin1 string.
    const sorted = [...children.keys(), ".", ".."].sort();
    names.push(sorted);
    for (const name of sorted) {
      const inode = children.get(name)?.inode;
      if (inode === undefined) continue;
      if (inode.number >= 0) {
        links[inode.number] = (links[inode.number] ?? 0) + 1;
        continue;
      }
      inode.number = inodes.length;
      inodes.push(inode);
      parents.push(number);
      const isFolder = inode.children !== undefined;
      links.push(isFolder ? 2 : 1);
      if (isFolder) links[number] = (links[number] ?? 0) + 1;
    }
  }
  return { inodes, links, parents, names };
}
