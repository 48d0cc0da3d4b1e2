import type { Inode } from "../tree.js";
import { type ChunkPlan, type Copy, writeCopiedChunks, writeTarChunks } from "./chunks.js";
import { direntBytes, writeDirents } from "./dirents.js";
import {
  BLOCK,
  CHUNK_INDEX_BYTES,
  fileType,
  LAYOUT_CHUNKED,
  LAYOUT_INLINE,
  LAYOUT_PLAIN,
  roundUp,
  SLOT_BYTES,
} from "./format.js";
import { writeInode } from "./inode.js";
import { checkAddressable, inodeBytes, type Layout, planLayout } from "./layout.js";
import { numberInodes, type Numbering } from "./numbering.js";
import { writeSuperblock } from "./superblock.js";
import { xattrCount } from "./xattrs.js";

/** A disk that follows the index file: a layer's tar. */
export interface Device {
  bytes: number;
}

export interface ErofsImage {
  /** The beginning of the index file: everything except copied data. */
  metadata: Buffer;
  /** Size of the index file in bytes, whole blocks; `metadata` is followed by copies and holes. */
  bytes: number;
  /** Parts of sparse files that cannot stay in the tar. */
  copies: Copy[];
}

/**
 * Builds the EROFS image of a tree. The data of its files is on `devices`, which follow the index file on the guest's
 * disk in this order: if no devices are given at mount, the kernel finds each at its mapped address.
 * @param deviceOf returns the device of a layer's tar: index into `devices`
 * @throws BoxError `bad-layer`, `image-too-large`
 */
export function makeErofs(
  root: Inode,
  devices: readonly Device[],
  deviceOf: (layer: number) => number,
): ErofsImage {
  const numbering = numberInodes(root);
  const layout = planLayout(numbering, devices.length);
  checkAddressable(devices.reduce((sum, { bytes }) => sum + bytes, layout.bytes));
  const metadata = Buffer.alloc(layout.copies);
  writeSuperblock(metadata, layout, devices, numbering.inodes.length);
  const copies: Copy[] = [];
  numbering.inodes.forEach((inode, number) => {
    const plan = layout.chunks[number];
    const end = writeHead(metadata, numbering, layout, inode, plan);
    if (plan !== undefined) copies.push(...writeChunks(metadata, end, inode, plan, layout, deviceOf));
    else writeContent(metadata, end, numbering, layout, inode);
  });
  return { metadata, bytes: layout.bytes, copies };
}

/** Writes inode and xattrs. @returns the offset of their end */
function writeHead(
  out: Buffer,
  { links, names }: Numbering,
  layout: Layout,
  inode: Inode,
  plan: ChunkPlan | undefined,
): number {
  const { number, entry } = inode;
  const at = layout.inodes[number] ?? 0;
  const xattrs = layout.xattrs.get(number);
  const bytes = inodeBytes(inode, links[number] ?? 1, layout.compactTime);
  const list = names[number];
  const content = list === undefined ? entry.linkTarget.length : direntBytes(list);
  const data = layout.data.get(number);
  writeInode(out, at, {
    entry,
    extended: bytes > SLOT_BYTES,
    layout:
      plan !== undefined ? LAYOUT_CHUNKED : content > 0 && data === undefined ? LAYOUT_INLINE : LAYOUT_PLAIN,
    xattrCount: xattrs === undefined ? 0 : xattrCount(xattrs),
    links: links[number] ?? 1,
    number,
    size: content > 0 ? content : entry.size,
    block: data === undefined ? 0 : (layout.blocks + data) / BLOCK,
    chunkBits: plan?.bits,
  });
  xattrs?.copy(out, at + bytes);
  return at + bytes + (xattrs?.length ?? 0);
}

function writeChunks(
  out: Buffer,
  end: number,
  inode: Inode,
  plan: ChunkPlan,
  layout: Layout,
  deviceOf: (layer: number) => number,
): Copy[] {
  const at = roundUp(end, CHUNK_INDEX_BYTES);
  const space = layout.copied.get(inode.number);
  if (space !== undefined) return writeCopiedChunks(out, at, inode, plan, layout.copies + space);
  // Device 0 is the index file itself.
  writeTarChunks(
    out,
    at,
    inode.entry,
    plan,
    inode.entry.segments.length === 0 ? 0 : deviceOf(inode.layer) + 1,
  );
  return [];
}

/** Writes a directory's dirents or a link's target, inline after the inode or into separate blocks. */
function writeContent(
  out: Buffer,
  end: number,
  { names, parents, inodes }: Numbering,
  layout: Layout,
  inode: Inode,
): void {
  const data = layout.data.get(inode.number);
  const at = data === undefined ? end : layout.blocks + data;
  const { children } = inode;
  if (children === undefined) {
    out.write(inode.entry.linkTarget, at, "latin1");
    return;
  }
  const parent = inodes[parents[inode.number] ?? 0] ?? inode;
  writeDirents(out, at, names[inode.number] ?? [], (name) => {
    const target = name === "." ? inode : name === ".." ? parent : (children.get(name)?.inode ?? inode);
    return {
      nid: (layout.inodes[target.number] ?? 0) / SLOT_BYTES,
      type: fileType(target.entry.type).dirent,
    };
  });
}
