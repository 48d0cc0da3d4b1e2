import { readlink, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../../errors.js";
import { uncachedFolder } from "../../host/home.js";
import { readJson } from "../../host/read.js";
import { isRecordedName } from "./name.js";
import { removeGroup } from "../limits/group.js";
import { recordBoxEvent, type Described } from "./event.js";
import { boxFiles, controlSocket, namesFolder, offlineSessionSocket, sidecarSocket } from "./files.js";
import type { BoxRecord } from "./record.js";
import { removeSockets } from "./sockets.js";
import { isCleanlyUnmounted } from "./cleanly-unmounted.js";
import type { Home } from "../../host/home.js";

/** Prefix of a directory that is being removed. After a crash, the next sweep completes the removal. */
export const REMOVING = ".removing-";

/** Frees the name of a box, unless it belongs to another box by now. */
export async function removeName(home: Home, name: string, id: string): Promise<void> {
  const path = join(namesFolder(home), name);
  const owner = await readlink(path).catch(() => undefined);
  if (owner === id) await rm(path, { force: true });
}

/**
 * Removes the files of a VM that has ended. The writable layer of a box that is not persistent is kept for reading until
 * the next start if the guest unmounted it cleanly.
 */
export async function clearRun(folder: string, { config }: BoxRecord): Promise<void> {
  const files = boxFiles(folder);
  const keepLayer = config.persistent || (await isCleanlyUnmounted(files.writableLayer));
  await Promise.all([
    keepLayer ? undefined : rm(files.writableLayer, { force: true }),
    rm(files.pending, { recursive: true, force: true }),
    removeGroup(files.cgroup),
  ]);
}

/** Removes everything that a box has only while it is running. */
export async function clearBox(home: Home, folder: string, record: BoxRecord): Promise<void> {
  await Promise.all([
    clearRun(folder, record),
    removeSockets(home, controlSocket(record.id), sidecarSocket(record.id)),
  ]);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** Whether the configuration of an image is absent, or has readable labels or none. */
function hasLabelsIfAny(config: unknown): boolean {
  if (config === undefined) return true;
  if (!isObject(config)) return false;
  const labels = config["Labels"];
  return labels === undefined || labels === null || isObject(labels);
}

/** Extracts what events need from an unvalidated record, which may be damaged or from a newer version. */
function describedIn(record: unknown, id: string): Partial<Described> & Pick<Described, "id"> {
  if (!isObject(record) || record["id"] !== id || !isRecordedName(record["name"])) return { id };
  const { name, image, config, options } = record;
  const isComplete =
    isObject(image) &&
    hasLabelsIfAny(image["config"]) &&
    isObject(config) &&
    typeof config["image"] === "string" &&
    isObject(options) &&
    isObject(options["labels"]);
  return isComplete ? (record as unknown as Described) : { id, name };
}

function isDescribed(record: Partial<Described>): record is Described {
  return record.config !== undefined && record.options !== undefined;
}

/** Removes a box that is not running, with all its files. Removing it twice is harmless. */
export async function removeBox(home: Home, folder: string, name: string): Promise<void> {
  const id = basename(folder);
  const removing = join(dirname(folder), REMOVING + id);
  await removeGroup(boxFiles(folder).cgroup);
  const moved = await rename(folder, removing).then(
    () => true,
    (error: unknown) => {
      if (errnoOf(error) !== "ENOENT") throw error;
      return false;
    },
  );
  // The caller may have read the record before the box was renamed.
  const record = describedIn(await readJson(boxFiles(removing).record).catch(() => undefined), id);
  if (moved && isDescribed(record)) recordBoxEvent(home, record, "destroy");
  await removeName(home, name, id);
  await finishRemoval(home, removing, id, record);
}

/** Removes a directory and everything elsewhere that belongs to its box; the directory last, since it is found again. */
async function finishRemoval(
  home: Home,
  folder: string,
  id: string,
  { name }: Partial<Described>,
): Promise<void> {
  await Promise.all([
    name === undefined ? undefined : removeName(home, name, id),
    removeSockets(home, controlSocket(id), offlineSessionSocket(id), sidecarSocket(id)),
    rm(uncachedFolder(home, id), { recursive: true, force: true }),
  ]);
  await rm(folder, { recursive: true, force: true });
}

/** The ID at the end of the name of an unfinished directory. */
const ID = /-([0-9a-f]{64})$/;

/** Removes the directory of a box whose creation or removal was interrupted, and everything that belongs to it. */
export async function removeUnfinished(home: Home, folder: string): Promise<void> {
  const id = ID.exec(folder)?.[1];
  if (id === undefined) return rm(folder, { recursive: true, force: true });
  const { cgroup, record } = boxFiles(folder);
  const described = describedIn(await readJson(record).catch(() => undefined), id);
  await removeGroup(cgroup);
  await finishRemoval(home, folder, id, described);
}
