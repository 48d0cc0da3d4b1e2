import { BLOCK, DIRENT_BYTES } from "./format.js";

/** The inode that a name in a directory refers to. */
export interface Target {
  nid: number;
  /** File type, as numbered by EROFS. */
  type: number;
}

/**
 * Returns the size of a directory's data. Each block consists of dirents followed by their names; the last block ends
 * with its last name.
 */
export function direntBytes(names: readonly string[]): number {
  let full = 0;
  let used = 0;
  for (const { length } of names) {
    if (used + DIRENT_BYTES + length > BLOCK) {
      full += BLOCK;
      used = 0;
    }
    used += DIRENT_BYTES + length;
  }
  return full + used;
}

/** Writes the dirents to zeroed space, packed as direntBytes expects. @param names in bytewise order */
export function writeDirents(
  out: Buffer,
  at: number,
  names: readonly string[],
  targetOf: (name: string) => Target,
): void {
  let first = 0;
  for (let block = at; first < names.length; block += BLOCK) {
    let last = first;
    let used = 0;
    for (; last < names.length; last++) {
      const bytes = DIRENT_BYTES + (names[last] ?? "").length;
      if (used + bytes > BLOCK) break;
      used += bytes;
    }
    let nameOffset = (last - first) * DIRENT_BYTES;
    for (let i = first; i < last; i++) {
      const name = names[i] ?? "";
      const { nid, type } = targetOf(name);
      const dirent = block + (i - first) * DIRENT_BYTES;
      out.writeUInt32LE(nid, dirent);
      out.writeUInt16LE(nameOffset, dirent + 8);
      out[dirent + 10] = type;
      out.write(name, block + nameOffset, "latin1");
      nameOffset += name.length;
    }
    first = last;
  }
}
