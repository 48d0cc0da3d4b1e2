import { readlink, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../../errors.js";
import { uncachedFolder } from "../../host/home.js";
import { readJson } from "../../host/read.js";
import { isName } from "./name.js";
import { removeGroup } from "../limits/group.js";
import { recordBoxEvent, type Described } from "./event.js";
import { boxFiles, controlSocket, namesFolder, offlineSessionSocket } from "./files.js";
import type { BoxRecord } from "./record.js";
import { removeSockets } from "./sockets.js";
import { isCleanlyUnmounted } from "./cleanly-unmounted.js";
import type { Home } from "../../host/home.js";

/** Marks a folder that is being removed; a crash in the middle leaves it to the next sweep. */
export const REMOVING = ".removing-";

/** Frees the name of a box, if it is still that box's. */
export async function removeName(home: Home, name: string, id: string): Promise<void> {
  const path = join(namesFolder(home), name);
  const owner = await readlink(path).catch(() => undefined);
  if (owner === id) await rm(path, { force: true });
}

/**
 * Removes what a VM has used. Of a box that is not persistent the writable layer stays to be read until the next start,
 * if its guest has written all of it back.
 */
export async function clearRun(folder: string, { config }: BoxRecord): Promise<void> {
  const files = boxFiles(folder);
  const stays = config.persistent || (await isCleanlyUnmounted(files.writableLayer));
  await Promise.all([
    stays ? undefined : rm(files.writableLayer, { force: true }),
    rm(files.pending, { recursive: true, force: true }),
    removeGroup(files.cgroup),
  ]);
}

/** Removes all that a box has only while it runs. */
export async function clearBox(home: Home, folder: string, record: BoxRecord): Promise<void> {
  await Promise.all([clearRun(folder, record), removeSockets(home, controlSocket(record.id))]);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** What an unchecked record says of the box itself: that of a newer version, or a damaged one, may say anything. */
function describedIn(record: unknown, id: string): Partial<Described> & Pick<Described, "id"> {
  if (!isObject(record) || record["id"] !== id || !isName(record["name"])) return { id };
  const { name, config, options } = record;
  const whole =
    isObject(config) &&
    typeof config["image"] === "string" &&
    isObject(options) &&
    isObject(options["labels"]);
  return whole ? (record as unknown as Described) : { id, name };
}

function isDescribed(record: Partial<Described>): record is Described {
  return record.config !== undefined && record.options !== undefined;
}

/** Removes a box that does not run, with all it keeps. Removing it twice does no harm. */
export async function removeBox(home: Home, folder: string, name: string): Promise<void> {
  const id = basename(folder);
  const doomed = join(dirname(folder), REMOVING + id);
  await removeGroup(boxFiles(folder).cgroup);
  const moved = await rename(folder, doomed).then(
    () => true,
    (error: unknown) => {
      if (errnoOf(error) !== "ENOENT") throw error;
      return false;
    },
  );
  // Whoever removes it may have read its record before it was renamed.
  const record = describedIn(await readJson(boxFiles(doomed).record).catch(() => undefined), id);
  if (moved && isDescribed(record)) recordBoxEvent(home, record, "destroy");
  await Promise.all([
    removeName(home, name, id),
    removeName(home, record.name ?? name, id),
    removeSockets(home, controlSocket(id), offlineSessionSocket(id)),
    rm(doomed, { recursive: true, force: true }),
    rm(uncachedFolder(home, id), { recursive: true, force: true }),
  ]);
}
