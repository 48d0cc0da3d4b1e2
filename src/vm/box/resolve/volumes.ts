import type { BoxSpec } from "../../../config/spec.js";
import { isWorkspace, volumesOf } from "../../../config/spec/mounts.js";
import { checkCanMakeIn } from "../../../host/files.js";
import type { NamedVolume, Volume } from "../../../config/syntax/volume.js";
import type { SharedVolume } from "../../drivers/driver.js";
import { anonymousName, volumesFolder } from "../../volume/folders.js";
import type { BoxRecord } from "../record.js";
import { resolveSource, type AskedSource, type Promised } from "./sources.js";
import type { Home } from "../../../host/home.js";

/** A volume of a box: a directory or file of the host, and its mount point in the box. */
export interface BoxVolume extends SharedVolume {
  target: string;
  file: boolean;
  /** The requested source, before links were followed. */
  asked: string;
  /** If it is empty, fill it with the image's content at the mount point. */
  populate: boolean;
  named?: BoxRecord["namedVolumes"][number];
}

/** Volumes and paths resolved on the host when a box was created. */
export type Found = Pick<BoxRecord, "namedVolumes" | "sources">;

type Mounted = Pick<BoxSpec, "mounts" | "workspace">;

interface Search {
  box: Mounted;
  sources: Record<string, string>;
  anonymousName: () => string;
}

async function obtainNamed(home: Home, volume: NamedVolume, { anonymousName }: Search) {
  const { ensureVolume } = await import("../../volume/store.js");
  const anonymous = volume.source === "";
  const found = await ensureVolume(home, anonymous ? anonymousName() : volume.source, { anonymous });
  const shared = volume.inherited === true && found.anonymous;
  return {
    path: found.data,
    create: false,
    // The guest cannot fill a volume that is read-only on the host.
    populate: !volume.noCopy && !volume.readOnly,
    named: { name: found.name, anonymous, ...(shared ? { shared } : {}) },
  };
}

/** The subject of errors about a volume, and whether it must be a directory. */
function roleOf(volume: Volume, box: Mounted): Pick<AskedSource, "place" | "folder"> {
  const folder = isWorkspace(box, volume);
  return { place: folder ? "workspace" : `volume at ${volume.target}`, folder };
}

async function obtain(home: Home, volume: Volume, index: number, search: Search): Promise<BoxVolume> {
  const { path, create, ...more } =
    volume.kind === "volume"
      ? await obtainNamed(home, volume, search)
      : { path: volume.source, create: volume.createSource, populate: false };
  const { target, readOnly } = volume;
  const found = await resolveSource(
    home,
    { path, create, ...roleOf(volume, search.box) },
    search.sources[path],
    search.box,
  );
  return { name: String(index), target, readOnly, asked: path, ...more, ...found };
}

/** Returns the location of a volume on the host, or undefined if it has yet to be created. */
async function placeOf(home: Home, volume: Volume): Promise<{ path: string; create: boolean } | undefined> {
  if (volume.kind === "bind") return { path: volume.source, create: volume.createSource };
  const { tryFindVolume } = await import("../../volume/store.js");
  const found = volume.source === "" ? undefined : await tryFindVolume(home, volume.source);
  if (found) return { path: found.data, create: false };
  await checkCanMakeIn(volumesFolder(home));
  return undefined;
}

/**
 * Checks whether `resolveVolumes` would find or could create the volumes of a new box. Creates nothing.
 * @throws BoxError invalid-volume
 */
export async function checkVolumes(home: Home, box: Mounted): Promise<void> {
  const promised: Promised = new Set();
  for (const volume of volumesOf(box)) {
    const place = await placeOf(home, volume);
    if (place) await resolveSource(home, { ...place, ...roleOf(volume, box) }, undefined, box, promised);
  }
}

/**
 * Returns the volumes of a box, each with its name in the share. As in Docker, host directories missing for -v and named
 * volumes that do not exist are created.
 * @param before for an existing box: it keeps its anonymous volumes and the paths that its links led to
 * @throws BoxError invalid-volume
 */
export async function resolveVolumes(
  home: Home,
  box: Mounted,
  before: Found = { namedVolumes: [] },
): Promise<BoxVolume[]> {
  const kept = before.namedVolumes.filter(({ anonymous }) => anonymous).map(({ name }) => name);
  const search = {
    box,
    sources: before.sources ?? {},
    anonymousName: () => kept.shift() ?? anonymousName(),
  };
  return Promise.all(volumesOf(box).map((volume, index) => obtain(home, volume, index, search)));
}

/** Returns the resolved source of each volume, for the record. */
export function sourcesOf(volumes: BoxVolume[]): NonNullable<BoxRecord["sources"]> {
  return Object.fromEntries(volumes.map(({ asked, source }) => [asked, source]));
}

/** Returns the volumes as they are described to the guest. */
export function guestVolumes(volumes: BoxVolume[]): BoxRecord["guest"]["volumes"] {
  return volumes.map(({ name, target, readOnly, file, populate }) => ({
    name,
    path: target,
    readOnly,
    file,
    populate,
  }));
}
