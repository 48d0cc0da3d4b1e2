import { fstatSync, lstatSync, readdirSync } from "node:fs";
import { heldPath, holdFolder, holdFolderAt, pathIn, releasing } from "../../host/held.js";
import { uncachedFolder } from "../../host/home.js";
import { layersOf, ownBytes, takeInventory, totalBytes, type Inventory } from "../../oci/store/inventory.js";
import { hex } from "../../oci/store/paths.js";
import { describeUnreadable, surveyBoxes, type Box, type UnreadableBox } from "../../vm/box/find.js";
import { listVolumes, type Volume } from "../../vm/volume/store.js";
import type { Home } from "../../host/home.js";
import type { Context } from "../context.js";

/** Guests write to volumes meanwhile: a link in a folder's place leads nowhere else. */
function measureHeld(folder: number): number {
  let bytes = 0;
  for (const name of readdirSync(heldPath(folder), { encoding: "latin1" })) {
    try {
      const stats = lstatSync(pathIn(folder, name));
      bytes += stats.blocks * 512;
      if (stats.isDirectory()) bytes += releasing(holdFolder(folder, name), measureHeld);
    } catch {
      // It is gone, or not for this user.
    }
  }
  return bytes;
}

/** Bytes on the disk of a folder and all that is in it; what cannot be read counts nothing. */
export function measureFolder(path: string): number {
  try {
    return releasing(holdFolderAt(path), (folder) => fstatSync(folder).blocks * 512 + measureHeld(folder));
  } catch {
    return 0;
  }
}

export interface Usage {
  inventory: Inventory;
  boxes: { box: Box; bytes: number }[];
  /** They count nothing. */
  unreadable: UnreadableBox[];
  volumes: { volume: Volume; bytes: number; users: number }[];
}

/** Bytes on the disk of a box. */
export function measureBox(home: Home, { folder, record }: Box): number {
  return measureFolder(folder) + measureFolder(uncachedFolder(home, record.id));
}

/** What images, boxes and volumes take on the disk. */
export async function usage(context: Context): Promise<Usage> {
  const { home, warn } = context;
  const { store } = await context.images();
  const [inventory, { boxes, unreadable }, volumes] = await Promise.all([
    takeInventory(store),
    surveyBoxes(home),
    listVolumes(home),
  ]);
  const users = (name: string) =>
    boxes.filter(({ record }) => record.namedVolumes.some((volume) => volume.name === name)).length;
  for (const box of unreadable) warn(describeUnreadable(box));
  return {
    inventory,
    unreadable,
    boxes: boxes.map((box) => ({ box, bytes: measureBox(home, box) })),
    volumes: volumes.map((volume) => ({
      volume,
      bytes: measureFolder(volume.data),
      users: users(volume.name),
    })),
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
