import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { uncachedFolder } from "../../config/paths.js";
import { layersOf, ownBytes, takeInventory, totalBytes, type Inventory } from "../../oci/store/inventory.js";
import { hex } from "../../oci/store/paths.js";
import { listBoxes, type Box } from "../../vm/box/find.js";
import { listVolumes, type Volume } from "../../vm/volume/store.js";

/** Bytes on the disk of a folder and all that is in it; what cannot be read counts nothing. */
export async function measureFolder(path: string): Promise<number> {
  const stat = await lstat(path).catch(() => undefined);
  if (!stat) return 0;
  let bytes = stat.blocks * 512;
  if (!stat.isDirectory()) return bytes;
  for (const name of await readdir(path).catch(() => [])) bytes += await measureFolder(join(path, name));
  return bytes;
}

export interface Usage {
  inventory: Inventory;
  boxes: { box: Box; bytes: number }[];
  volumes: { volume: Volume; bytes: number; users: number }[];
}

/** Bytes on the disk of a box. */
export async function measureBox({ folder, record }: Box): Promise<number> {
  return (await measureFolder(folder)) + (await measureFolder(uncachedFolder(record.id)));
}

export async function measureUsage(): Promise<Usage> {
  const [inventory, boxes, volumes] = await Promise.all([takeInventory(), listBoxes(), listVolumes()]);
  const users = (name: string) =>
    boxes.filter(({ record }) => record.namedVolumes.some((volume) => volume.name === name)).length;
  return {
    inventory,
    boxes: await Promise.all(boxes.map(async (box) => ({ box, bytes: await measureBox(box) }))),
    volumes: await Promise.all(
      volumes.map(async (volume) => ({
        volume,
        bytes: await measureFolder(volume.data),
        users: users(volume.name),
      })),
    ),
  };
}

/** A line of `docker system df`. */
export interface Share {
  type: string;
  total: number;
  active: number;
  bytes: number;
  reclaimable: number;
}

const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);

export function shares({ inventory, boxes, volumes }: Usage): Share[] {
  const used = new Set(boxes.map(({ box }) => box.record.image.digest));
  const active = inventory.images.filter(({ digest }) => used.has(digest));
  const needed = new Set(active.flatMap(layersOf));
  const indexes = new Set(active.flatMap(({ tags }) => tags.flatMap((tag) => tag.indexes.map(hex))));
  const neededBytes =
    sum(active.map(ownBytes)) +
    sum([...needed].map((digits) => inventory.layers.get(digits) ?? 0)) +
    sum([...indexes].map((digits) => inventory.indexes.get(digits) ?? 0));
  const bytes = totalBytes(inventory);
  const running = boxes.filter(({ box }) => box.state.status === "running");
  const unused = volumes.filter(({ users }) => users === 0);
  const boxBytes = sum(boxes.map((each) => each.bytes));
  return [
    {
      type: "Images",
      total: inventory.images.length,
      active: active.length,
      bytes,
      reclaimable: bytes - neededBytes,
    },
    {
      type: "Boxes",
      total: boxes.length,
      active: running.length,
      bytes: boxBytes,
      reclaimable: boxBytes - sum(running.map((each) => each.bytes)),
    },
    {
      type: "Local Volumes",
      total: volumes.length,
      active: volumes.length - unused.length,
      bytes: sum(volumes.map((each) => each.bytes)),
      reclaimable: sum(unused.map((each) => each.bytes)),
    },
  ];
}
