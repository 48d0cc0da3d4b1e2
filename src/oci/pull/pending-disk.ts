import { type FileHandle, link, mkdir, open, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../errors.js";
import { headBytes, mapDevice } from "../index/erofs/superblock.js";
import { readExtents, vmdkDescriptor, type Extent } from "../index/vmdk.js";
import { isZeros } from "../index/zeros.js";
import type { Image } from "../image.js";

/**
 * The disk of an image whose layers are still being pulled. A VM can be started with it at once: its extents have room
 * for whatever may come. The index is written when all layers have been verified, its superblock last of all; by it the
 * guest's agent knows that the image is there.
 */
export interface PendingDisk {
  /** VMDK descriptor. */
  path: string;
  /**
   * Shows the image to the guest.
   * @param image the same, as it is in the store now
   * @returns false when it is not what this disk is made of: a layer came by another way, or is larger than its room
   */
  complete: (image: Image) => Promise<boolean>;
}

/** A layer that is here, or will be. */
export interface PendingLayer {
  /** Bytes of the disk that its tar may take. */
  room: number;
  /** Absolute paths of its tar: where it is being written, undefined when it is here already, and where it will be. */
  temporary: string | undefined;
  final: string;
}

/** An image that is being pulled: all is known of it but the layers. */
export interface PendingImage {
  image: Image;
  layers: PendingLayer[];
}

const BLOCK = 512;
const PIECE = 2 ** 20;
const INDEX_ROOM = 2 ** 30;
/** Block addresses have 32 bits, and file systems of hosts their limits. */
const MOST_ROOM = 2 ** 40;

/** For the tar of a layer of so many bytes as it comes: hardly one unpacks to more. */
export const roomFor = (size: number) => 2 ** 26 + Math.ceil(size / BLOCK) * BLOCK * 16;

/**
 * Makes the files of layers that are about to be written, with room.
 * @returns whether there is a disk that can hold them all
 */
export async function makeRoom(layers: readonly PendingLayer[]): Promise<boolean> {
  if (layers.reduce((sum, { room }) => sum + room, INDEX_ROOM) > MOST_ROOM) return false;
  for (const { temporary, room } of layers) {
    if (temporary === undefined) continue;
    await writeFile(temporary, "", { mode: 0o600, flag: "wx" });
    await truncate(temporary, room);
  }
  return true;
}

/** A name for a layer's file that stays when the file is renamed; it may have been by now. */
async function nameTar({ temporary, final }: PendingLayer, name: string): Promise<void> {
  try {
    await link(temporary ?? final, name);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    await link(final, name);
  }
}

/**
 * Makes the disk of an image, in a folder that is made for it, on the store's file system.
 * @throws the system error of what this file system cannot do
 */
export async function openPendingDisk(folder: string, layers: readonly PendingLayer[]): Promise<PendingDisk> {
  await mkdir(folder, { mode: 0o700 });
  const path = join(folder, "disk.vmdk");
  const index = { path: join(folder, "index.erofs"), bytes: INDEX_ROOM };
  await writeFile(index.path, "", { mode: 0o600 });
  await truncate(index.path, index.bytes);
  const tars = await Promise.all(
    layers.map(async (layer, i) => {
      const name = join(folder, `${i}.tar`);
      await nameTar(layer, name);
      return { path: name, bytes: layer.room, final: layer.final };
    }),
  );
  await writeFile(path, vmdkDescriptor([index, ...tars]), { mode: 0o600 });
  return { path, complete: (image) => complete(image, index.path, tars) };
}

async function complete(image: Image, path: string, tars: (Extent & { final: string })[]): Promise<boolean> {
  const [source, ...devices] = readExtents(await readFile(image.disk, "utf8"));
  if (!source || source.bytes > INDEX_ROOM) return false;
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

/** Where on the disk a layer's tar is, bytes; undefined when it is not the file that is there. */
async function findDevice(
  { path, bytes }: Extent,
  tars: (Extent & { final: string })[],
): Promise<number | undefined> {
  const number = tars.findIndex(({ final }) => final === path);
  const tar = tars[number];
  if (!tar || bytes > tar.bytes) return undefined;
  const [one, other] = await Promise.all([stat(path), stat(tar.path)]);
  if (one.ino !== other.ino || one.dev !== other.dev) return undefined;
  return tars.slice(0, number).reduce((sum, before) => sum + before.bytes, INDEX_ROOM);
}

/** Copies all of a file from an offset on, but its holes. */
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
