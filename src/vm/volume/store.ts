import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { isAlive } from "../../host/alive.js";
import { BoxError } from "../../errors.js";
import { makeFolder, syncFolderOf } from "../../host/files.js";
import { recordEvent } from "../../events/record.js";
import { isVolumeName } from "../../config/syntax/volume.js";
import { namesIn, readJson } from "../../host/read.js";
import { dataFolder, unfinishedFolder, UNFINISHED, volumesFolder } from "./folders.js";
import { removeTree } from "./remove-tree.js";
import type { Home } from "../../host/home.js";

const Record = z.object({
  name: z.string(),
  createdAt: z.string(),
  labels: z.record(z.string(), z.string()),
  /** Created for one box, and removed with it by `--rm`. */
  anonymous: z.boolean(),
});

/** A named volume: a host directory managed by box (docs/volumes.md). */
export interface Volume extends z.infer<typeof Record> {
  /** Absolute path of its content. */
  data: string;
}

function filesOf(folder: string): { record: string; data: string } {
  return { record: join(folder, "volume.json"), data: dataFolder(folder) };
}

/** @throws BoxError invalid-volume-name */
export function checkVolumeName(name: string): void {
  if (isVolumeName(name)) return;
  const shown = name.slice(0, 80);
  const reason =
    name.length < 2
      ? "volume name is too short, names should be at least two alphanumeric characters"
      : `"${shown}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`;
  throw new BoxError("invalid-volume-name", `create ${shown}: ${reason}`, {
    hint: "use 2 to 128 letters, digits, _ . and -, beginning with a letter or digit",
  });
}

/** Returns the volume with this name, or undefined. */
export async function tryFindVolume(home: Home, name: string): Promise<Volume | undefined> {
  const { record, data } = filesOf(join(volumesFolder(home), name));
  const parsed = Record.safeParse(await readJson(record));
  return parsed.success ? { ...parsed.data, name, data } : undefined;
}

/**
 * Returns the volume with this name, creating it if it does not exist. It is created completely or not at all, so
 * concurrent commands get the same one.
 * @throws BoxError invalid-volume-name
 */
export async function ensureVolume(
  home: Home,
  name: string,
  { labels = {}, anonymous = false }: { labels?: Record<string, string>; anonymous?: boolean } = {},
): Promise<Volume> {
  checkVolumeName(name);
  const found = await tryFindVolume(home, name);
  if (found) return found;
  const folder = join(volumesFolder(home), name);
  const temporary = unfinishedFolder(home);
  const files = filesOf(temporary);
  const volume = { name, createdAt: new Date().toISOString(), labels, anonymous };
  await makeFolder(temporary);
  try {
    await mkdir(files.data, { mode: 0o755 });
    await writeFile(files.record, JSON.stringify(volume), { mode: 0o600, flush: true });
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const other = await tryFindVolume(home, name);
    if (other) return other;
    throw error;
  }
  await syncFolderOf(folder);
  recordEvent(home, "volume", "create", name, { driver: "local" });
  return { ...volume, data: filesOf(folder).data };
}

/** @throws BoxError no-such-volume */
export async function findVolume(home: Home, name: string): Promise<Volume> {
  const found = isVolumeName(name) ? await tryFindVolume(home, name) : undefined;
  if (found) return found;
  throw new BoxError("no-such-volume", `get ${name.slice(0, 80)}: no such volume`);
}

/** Returns all volumes, sorted by name. */
export async function listVolumes(home: Home): Promise<Volume[]> {
  const names = await namesIn(volumesFolder(home));
  const volumes = await Promise.all(
    names.filter((name) => isVolumeName(name)).map((name) => tryFindVolume(home, name)),
  );
  return volumes.filter((volume) => volume !== undefined).sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * Removes directories left behind by commands that were killed while they created or removed a volume.
 * @returns the errors for those that cannot be removed
 */
export async function sweepVolumes(home: Home): Promise<unknown[]> {
  const names = await namesIn(volumesFolder(home));
  const left = names.filter((name) => {
    const maker = Number(new RegExp(`^${UNFINISHED}(\\d+)-`).exec(name)?.[1] ?? NaN);
    return maker > 0 && !isAlive(maker);
  });
  const removed = await Promise.allSettled(left.map((name) => removeTree(join(volumesFolder(home), name))));
  return removed.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
}
