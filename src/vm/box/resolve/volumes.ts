import { mkdir, stat } from "node:fs/promises";
import type { BoxConfig } from "../../../config/box-config.js";
import { BoxError } from "../../../config/errors.js";
import { parseMountSpec } from "../../../config/syntax/mount.js";
import type { BindMount, NamedVolume, Volume } from "../../../config/syntax/volume.js";
import type { SharedVolume } from "../../driver.js";
import { anonymousName } from "../../volume/folders.js";
import type { BoxRecord } from "../record.js";

/** Where `--workspace` is mounted. */
export const WORKSPACE = "/workspace";

/** A volume of a box: a folder or file of the host, and its place in the box. */
export interface BoxVolume extends SharedVolume {
  target: string;
  file: boolean;
  /** When it is empty, it gets what the image has at its place. */
  populate: boolean;
  named?: { name: string; anonymous: boolean };
}

async function findSource({ source, createSource }: BindMount): Promise<{ file: boolean }> {
  const found = await stat(source).catch(async () => {
    try {
      if (createSource) await mkdir(source, { recursive: true });
      return await stat(source);
    } catch (error) {
      const flag = createSource ? "-v" : "--mount";
      throw new BoxError("invalid-volume", `${flag}: the host path ${source} cannot be used`, {
        cause: error,
        ...(createSource ? {} : { hint: "make it first; -v would make a folder" }),
      });
    }
  });
  if (!found.isDirectory() && !found.isFile()) {
    throw new BoxError("invalid-volume", `-v: ${source} is neither a folder nor a file`);
  }
  return { file: found.isFile() };
}

async function obtainNamed(
  { source, readOnly, noCopy }: NamedVolume,
  anonymousName: () => string,
): Promise<Omit<BoxVolume, "name" | "target">> {
  const { ensureVolume } = await import("../../volume/store.js");
  const anonymous = source === "";
  const { name, data } = await ensureVolume(anonymous ? anonymousName() : source, { anonymous });
  // What is read-only on the host cannot be filled by the guest.
  return { source: data, readOnly, file: false, populate: !noCopy && !readOnly, named: { name, anonymous } };
}

async function obtain(volume: Volume, index: number, anonymousName: () => string): Promise<BoxVolume> {
  const name = String(index);
  if (volume.kind === "volume")
    return { ...(await obtainNamed(volume, anonymousName)), target: volume.target, name };
  const { source, target, readOnly } = volume;
  return { source, target, readOnly, name, populate: false, ...(await findSource(volume)) };
}

/**
 * The volumes of a box, each with its name in the share. As Docker does, a missing host folder is made for -v, and a
 * volume that is named for the first time.
 * @param before the named volumes that the box got when it was made: it keeps its anonymous ones
 * @throws BoxError invalid-volume, duplicate-mount
 */
export async function resolveVolumes(
  { volumes, workspace }: Pick<BoxConfig, "volumes" | "workspace">,
  before: { name: string; anonymous: boolean }[] = [],
): Promise<BoxVolume[]> {
  const kept = before.filter(({ anonymous }) => anonymous).map(({ name }) => name);
  const parsed = volumes.map((text) => parseMountSpec(text, process.cwd()));
  if (workspace !== "")
    parsed.push({ kind: "bind", source: workspace, target: WORKSPACE, readOnly: false, createSource: true });
  const targets = new Set<string>();
  for (const { target } of parsed) {
    if (targets.has(target))
      throw new BoxError("duplicate-mount", `-v: two volumes are to be mounted at ${target}`);
    targets.add(target);
  }
  return Promise.all(
    parsed.map((volume, index) => obtain(volume, index, () => kept.shift() ?? anonymousName())),
  );
}

/** What the guest is told of them. */
export function guestVolumes(volumes: BoxVolume[]): BoxRecord["guest"]["volumes"] {
  return volumes.map(({ name, target, readOnly, file, populate }) => ({
    name,
    path: target,
    readOnly,
    file,
    populate,
  }));
}
