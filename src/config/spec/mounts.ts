import { resolve } from "node:path";
import { BoxError, naming } from "../../errors.js";
import { WORKSPACE, type BoxConfig } from "../box-config.js";
import { formatMountSpec, parseMountSpec, type Mount } from "../syntax/mount.js";
import { quote } from "../syntax/quote.js";
import { visible } from "../syntax/visible.js";
import { parseTmpfs, type Tmpfs } from "../syntax/tmpfs.js";
import type { Volume } from "../syntax/volume.js";

/** @throws BoxError duplicate-mount */
export function checkMountPoints(targets: readonly string[]): void {
  const twice = targets.find((target, i) => targets.indexOf(target) < i);
  if (twice === undefined) return;
  throw new BoxError("duplicate-mount", `Duplicate mount point: ${visible(twice)}`, {
    hint: "`volumes`, `tmpfs` and `workspace` must all have different targets",
  });
}

/** `-v PATH`. */
const isUnnamed = (volume: Volume) =>
  volume.kind === "volume" && volume.source === "" && volume.long !== true;

/**
 * Leaves out what Docker ignores: the same `-v` twice, `-v PATH` where something else is mounted, and all but the last
 * tmpfs at a target.
 */
function withoutRepeated(volumes: readonly Volume[], tmpfs: readonly Tmpfs[]): Mount[] {
  const shorts = new Map(
    volumes.filter(({ long }) => long !== true).map((each) => [formatMountSpec(each), each]),
  );
  const distinct = volumes.filter(
    (volume) => volume.long === true || shorts.get(formatMountSpec(volume)) === volume,
  );
  const last = [...new Map(tmpfs.map((each) => [each.target, each])).values()];
  const taken = new Set(
    [...distinct.filter((each) => !isUnnamed(each)), ...last].map(({ target }) => target),
  );
  return [...distinct.filter((each) => !isUnnamed(each) || !taken.has(each.target)), ...last];
}

/** The bind mount of a box's workspace. @throws BoxError invalid-workspace */
function workspaceMount(workspace: string, cwd: string): Volume[] {
  if (workspace === "") return [];
  if (workspace.includes("\0"))
    throw new BoxError("invalid-workspace", `${quote(workspace)} contains a NUL byte`, {
      subject: "workspace",
    });
  const source = resolve(cwd, workspace);
  return [{ kind: "bind", source, target: WORKSPACE, readOnly: false, createSource: true }];
}

/**
 * Returns all mounts of a box: its volumes in the order of the configuration, its workspace, its tmpfs mounts.
 * @throws BoxError invalid-volume, invalid-mount, invalid-workspace, invalid-tmpfs, invalid-size, duplicate-mount
 */
export function toMounts(
  { volumes, workspace, tmpfs }: Pick<BoxConfig, "volumes" | "workspace" | "tmpfs">,
  cwd: string,
): Mount[] {
  const shared = [
    ...naming("volumes", () => volumes.map((text) => parseMountSpec(text, cwd))),
    ...workspaceMount(workspace, cwd),
  ];
  const mounts = withoutRepeated(
    shared,
    naming("tmpfs", () => tmpfs.map(parseTmpfs)),
  );
  checkMountPoints(mounts.map(({ target }) => target));
  return mounts;
}

/** Adds the volumes of other boxes, which yield to a box's own at the same target, except to `-v PATH`. */
export function withInherited(own: readonly Mount[], inherited: readonly Volume[]): Mount[] {
  const named = own.filter((mount) => mount.kind === "tmpfs" || !isUnnamed(mount));
  const taken = new Set(named.map(({ target }) => target));
  const added = inherited.filter(({ target }) => !taken.has(target));
  const hidden = new Set(added.map(({ target }) => target));
  return [...own.filter(({ target }) => !hidden.has(target)), ...added];
}

/** Parses the canonical notation of inherited volumes, as kept in a record. @throws BoxError invalid-volume, invalid-mount */
export function parseInherited(texts: readonly string[]): Volume[] {
  return texts.map((text) => ({ ...parseMountSpec(text, "/"), inherited: true }));
}

/** Mounts shared with this host, in their order. */
export function volumesOf({ mounts }: { mounts: readonly Mount[] }): Volume[] {
  return mounts.filter((mount) => mount.kind !== "tmpfs");
}

/** Whether a mount is the box's workspace; there is at most one. */
export function isWorkspace({ workspace }: { workspace: string }, { target }: Mount): boolean {
  return workspace !== "" && target === WORKSPACE;
}
