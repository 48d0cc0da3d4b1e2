import { imagesOf } from "../../vm/box/image-disk.js";
import { templatesFolder, uncachedFolder } from "../../host/home.js";
import {
  isListed,
  layersOf,
  ownBytes,
  takeInventory,
  totalBytes,
  type Inventory,
} from "../../oci/store/inventory.js";
import { hex } from "../../oci/store/paths.js";
import { describeUnreadable, surveyBoxes, type Box, type UnreadableBox } from "../../vm/box/find.js";
import { listTemplates, type Template } from "../../vm/template/store.js";
import { listVolumes, type Volume } from "../../vm/volume/store.js";
import type { Home } from "../../host/home.js";
import type { Context } from "../context.js";
import { measure } from "../boxes/measure.js";
import { neededBy, storedPools, type Needed, type StoredPool } from "../pools/stored.js";
import { measureFolder } from "./measure.js";

export interface Usage {
  inventory: Inventory;
  /** With the size of each box's writable layer, and of an image of its own. */
  boxes: { box: Box; bytes: number }[];
  /** Unreadable boxes, which are not counted. */
  unreadable: UnreadableBox[];
  volumes: { volume: Volume; bytes: number; users: number }[];
  /** Of VMs; they are made again when needed. */
  templates: { template: Template; bytes: number }[];
  /** With the files of their idle VMs. */
  pools: { pool: StoredPool; needed: Needed; bytes: number }[];
}

/** Measures the disk usage of all files of a box in bytes. */
export async function measureBox(home: Home, { folder, record }: Box, signal?: AbortSignal): Promise<number> {
  const own = await measureFolder(folder, signal);
  return own + (await measureFolder(uncachedFolder(home, record.id), signal));
}

export interface UsageOptions {
  signal?: AbortSignal | undefined;
}

/** Measures the disk usage of images, boxes, volumes, templates and pools. */
export async function usage(context: Context, { signal }: UsageOptions = {}): Promise<Usage> {
  const { home, warn } = context;
  const { store } = await context.images();
  const [inventory, { boxes, unreadable }, volumes, templates, pools] = await Promise.all([
    takeInventory(store),
    surveyBoxes(home),
    listVolumes(home),
    listTemplates(templatesFolder(home)),
    storedPools(home),
  ]);
  const users = (name: string) =>
    boxes.filter(({ record }) => record.namedVolumes.some((volume) => volume.name === name)).length;
  for (const box of unreadable) warn(`${describeUnreadable(box)}; it is not counted`);
  const measured: Usage = { inventory, unreadable, boxes: [], volumes: [], templates: [], pools: [] };
  for (const box of boxes) {
    const { layer } = await measure(context, box);
    const bytes = layer + (await measureFolder(uncachedFolder(home, box.record.id), signal));
    measured.boxes.push({ box, bytes });
  }
  for (const volume of volumes) {
    const bytes = await measureFolder(volume.data, signal);
    measured.volumes.push({ volume, bytes, users: users(volume.name) });
  }
  for (const template of templates)
    measured.templates.push({ template, bytes: await measureFolder(template.folder, signal) });
  for (const pool of pools) {
    const [needed, bytes] = await Promise.all([neededBy(home, pool), measureFolder(pool.folder, signal)]);
    measured.pools.push({ pool, needed, bytes });
  }
  return measured;
}

/** A row of `box system df`. */
export interface Share {
  kind: "images" | "boxes" | "volumes" | "templates" | "pools";
  total: number;
  active: number;
  bytes: number;
  reclaimable: number;
}

const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);

export function shares({ inventory, boxes, volumes, templates, pools }: Usage): Share[] {
  const ofPools = pools.flatMap(({ needed }) => needed.image ?? []);
  const used = new Set([
    ...boxes.flatMap(({ box }) => imagesOf(box.record).map(({ digest }) => digest)),
    ...ofPools,
  ]);
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
  const stopped = pools.filter(({ pool }) => !pool.running);
  const continued = new Set(pools.map(({ needed }) => needed.template));
  const unneeded = templates.filter(({ template }) => !continued.has(template.folder));
  const boxBytes = sum(boxes.map((each) => each.bytes));
  return [
    {
      kind: "images",
      total: inventory.images.filter(isListed).length,
      active: active.filter(isListed).length,
      bytes,
      reclaimable: bytes - neededBytes,
    },
    {
      kind: "boxes",
      total: boxes.length,
      active: running.length,
      bytes: boxBytes,
      reclaimable: boxBytes - sum(running.map((each) => each.bytes)),
    },
    {
      kind: "volumes",
      total: volumes.length,
      active: volumes.length - unused.length,
      bytes: sum(volumes.map((each) => each.bytes)),
      reclaimable: sum(unused.map((each) => each.bytes)),
    },
    {
      kind: "templates",
      total: templates.length,
      active: templates.length - unneeded.length,
      bytes: sum(templates.map((each) => each.bytes)),
      reclaimable: sum(unneeded.map((each) => each.bytes)),
    },
    {
      kind: "pools",
      total: pools.length,
      active: pools.length - stopped.length,
      bytes: sum(pools.map((each) => each.bytes)),
      reclaimable: sum(stopped.map((each) => each.bytes)),
    },
  ];
}
