import { type FileHandle, link, mkdir, open, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../errors.js";
import { headBytes, mapDevice } from "../index/erofs/superblock.js";
import { readExtents, vmdkDescriptor, type Extent } from "../index/vmdk.js";
import { isZeros } from "../index/zeros.js";
import type { Image } from "../image.js";

/**
 * The disk of an image whose layers are still being pulled. A VM can be started with it at once: its extents are large
 * enough for the layers to come. The index is written after all layers have been verified, its superblock last; the
 * superblock shows the guest's agent that the image is complete.
 */
export interface PendingDisk {
  /** VMDK descriptor. */
  path: string;
  /**
   * Completes the disk so that the guest can use the image.
   * @param image the same image, as it is in the store now
   * @returns false if the disk cannot be used: another process fetched a layer, or a layer is larger than its extent
   */
  complete: (image: Image) => Promise<boolean>;
}

/** A layer that is in the store, or will be. */
export interface PendingLayer {
  /** Size of its extent on the disk, in bytes. */
  extentBytes: number;
  /** Absolute path where its tar is being written; undefined if the store already has it. */
  temporary: string | undefined;
  /** Absolute path of its tar in the store. */
  final: string;
}

/** An image whose layers are being pulled; everything else is known. */
export interface PendingImage {
  image: Image;
  layers: PendingLayer[];
}

const BLOCK = 512;
const PIECE = 2 ** 20;
const INDEX_BYTES = 2 ** 30;
/** Limit of the disk's size: block addresses have 32 bits, and host file systems have limits too. */
const MOST_BYTES = 2 ** 40;

/** Returns the extent size for a layer of `size` bytes compressed: hardly any layer unpacks to more. */
export const extentBytesFor = (size: number) => 2 ** 26 + Math.ceil(size / BLOCK) * BLOCK * 16;

/**
 * Creates the files of layers that are about to be written, as large as their extents.
 * @returns false, without creating any, if a disk cannot hold them all
 */
export async function createExtents(layers: readonly PendingLayer[]): Promise<boolean> {
  if (layers.reduce((sum, { extentBytes }) => sum + extentBytes, INDEX_BYTES) > MOST_BYTES) return false;
  for (const { temporary, extentBytes } of layers) {
    if (temporary === undefined) continue;
    await writeFile(temporary, "", { mode: 0o600, flag: "wx" });
    await truncate(temporary, extentBytes);
  }
  return true;
}

/** Links a layer's tar under a name that remains valid after the tar is moved to its final place, or if it already was. */
async function nameTar({ temporary, final }: PendingLayer, name: string): Promise<void> {
  try {
    await link(temporary ?? final, name);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    await link(final, name);
  }
}

/**
 * Creates the disk of an image.
 * @param folder to create, on the store's file system
 * @throws the system's error, for example if the file system has no hard links
 */
export async function openPendingDisk(folder: string, layers: readonly PendingLayer[]): Promise<PendingDisk> {
  await mkdir(folder, { mode: 0o700 });
  const path = join(folder, "disk.vmdk");
  const index = { path: join(folder, "index.erofs"), bytes: INDEX_BYTES };
  await writeFile(index.path, "", { mode: 0o600 });
  await truncate(index.path, index.bytes);
  const tars = await Promise.all(
    layers.map(async (layer, i) => {
      const name = join(folder, `${i}.tar`);
      await nameTar(layer, name);
      return { path: name, bytes: layer.extentBytes, final: layer.final };
    }),
  );
  await writeFile(path, vmdkDescriptor([index, ...tars]), { mode: 0o600 });
  return { path, complete: (image) => complete(image, index.path, tars) };
}

async function complete(image: Image, path: string, tars: (Extent & { final: string })[]): Promise<boolean> {
  const [source, ...devices] = readExtents(await readFile(image.disk, "utf8"));
  if (!source || source.bytes > INDEX_BYTES) return false;
  const offsets = await Promise.all(devices.map((device) => findDevice(device, tars)));
  const [from, to] = await Promise.all([open(source.path, "r"), open(path, "r+")]);
  try {
    const head = Buffer.alloc(headBytes(devices.length));
    await from.read(head, 0, head.length, 0);
    for (const [device, offset] of offsets.entries()) {
      if (offset === undefined) return false;
      mapDevice(head, device, offset);
    }
    await copy(from, to, head.length);
    await to.write(head, 0, head.length, 0);
    return true;
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

/** Returns the offset of a layer's tar on the disk, in bytes; undefined if the disk has another file in its place. */
async function findDevice(
  { path, bytes }: Extent,
  tars: (Extent & { final: string })[],
): Promise<number | undefined> {
  const number = tars.findIndex(({ final }) => final === path);
  const tar = tars[number];
  if (!tar || bytes > tar.bytes) return undefined;
  const [one, other] = await Promise.all([stat(path), stat(tar.path)]);
  if (one.ino !== other.ino || one.dev !== other.dev) return undefined;
  return tars.slice(0, number).reduce((sum, before) => sum + before.bytes, INDEX_BYTES);
}

/** Copies a file from an offset on, leaving holes for zeros. */
async function copy(from: FileHandle, to: FileHandle, offset: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(PIECE);
  for (let at = offset; ;) {
    const { bytesRead } = await from.read(buffer, 0, PIECE, at);
    if (bytesRead === 0) return;
    const piece = buffer.subarray(0, bytesRead);
    if (!isZeros(piece)) await to.write(piece, 0, bytesRead, at);
    at += bytesRead;
  }
}
