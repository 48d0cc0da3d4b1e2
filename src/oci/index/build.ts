import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { BoxError } from "../../errors.js";
import { checkSpace } from "../store/space.js";
import type { Entry } from "./entry.js";
import type { Copy } from "./erofs/chunks.js";
import { makeErofs } from "./erofs/image.js";
import { mergeLayers } from "./merge.js";
import { vmdkDescriptor } from "./vmdk.js";
import { isZeros } from "./zeros.js";

export interface IndexedLayer {
  /** Absolute path of the layer's uncompressed tar. */
  tar: string;
  /** Size of that file in bytes, a multiple of 512. */
  tarBytes: number;
  entries: readonly Entry[];
}

export interface IndexPaths {
  /** Where the EROFS index is written. */
  indexPath: string;
  /** Where the VMDK descriptor is written. */
  diskPath: string;
  /** Absolute path of the index when the disk is used; the descriptor contains it. */
  finalIndexPath: string;
}

const COPY_BYTES = 1024 * 1024;

/**
 * Builds an image's disk from its layers: the EROFS index, whose files have their data in the layers' tars, and the
 * VMDK descriptor that combines index and tars into one disk. Fsyncs both files; the caller renames them to their final
 * names and fsyncs the directory.
 * @param layers lowest first; the same tar may occur twice
 * @throws BoxError `bad-layer`, `image-too-large`, `bad-path`
 */
export async function buildIndex({
  layers,
  indexPath,
  diskPath,
  finalIndexPath,
}: { layers: readonly IndexedLayer[] } & IndexPaths): Promise<void> {
  const devices = collectDevices(layers);
  const numbers = new Map(devices.map(({ path }, i) => [path, i]));
  const root = mergeLayers(layers.map(({ entries }) => entries));
  const image = makeErofs(root, devices, (layer) => numbers.get(layers[layer]?.tar ?? "") ?? 0);
  const disk = vmdkDescriptor([{ path: finalIndexPath, bytes: image.bytes }, ...devices]);
  await writeSynced(indexPath, async (file) => {
    await file.writeFile(image.metadata);
    if (image.copies.length > 0) await copyFromTars(file, image.copies, layers);
    await file.truncate(image.bytes);
  });
  await writeSynced(diskPath, (file) => file.writeFile(disk));
}

/** Returns each tar once, in the order of the disk. Omits empty tars: a VMDK extent has at least one sector. */
function collectDevices(layers: readonly IndexedLayer[]): { path: string; bytes: number }[] {
  const devices = new Map<string, number>();
  for (const { tar, tarBytes, entries } of layers) {
    if (tarBytes % 512 !== 0) throw new RangeError(`${tar} has ${tarBytes} bytes, not a multiple of 512`);
    for (const { segments } of entries) {
      const last = segments.at(-1);
      if (last !== undefined && last.tarOffset + last.length > tarBytes) {
        throw new BoxError("bad-entry-file", `${tar} is shorter than its entry list requires`, {
          hint: "remove the image and pull it again",
        });
      }
    }
    if (tarBytes > 0) devices.set(tar, tarBytes);
  }
  return [...devices].map(([path, bytes]) => ({ path, bytes }));
}

async function copyFromTars(
  out: FileHandle,
  copies: readonly Copy[],
  layers: readonly IndexedLayer[],
): Promise<void> {
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  for (const layer of new Set(copies.map((copy) => copy.layer))) {
    const path = layers[layer]?.tar ?? "";
    const tar = await open(path, "r");
    try {
      for (const copy of copies) {
        if (copy.layer !== layer) continue;
        for (let done = 0; done < copy.length;) {
          const bytes = Math.min(buffer.length, copy.length - done);
          const { bytesRead } = await tar.read(buffer, 0, bytes, copy.tarOffset + done);
          if (bytesRead === 0)
            throw new BoxError("bad-entry-file", `${path} is shorter than its entry list requires`);
          if (isZeros(buffer.subarray(0, bytesRead))) {
            done += bytesRead;
            continue;
          }
          checkSpace(dirname(path), "the data of sparse files");
          // A full disk causes a short write before it causes ENOSPC.
          const { bytesWritten } = await out.write(buffer, 0, bytesRead, copy.offset + done);
          done += bytesWritten;
        }
      }
    } finally {
      await tar.close();
    }
  }
}

async function writeSynced(path: string, write: (file: FileHandle) => Promise<unknown>): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}
