import { constants } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../../errors.js";
import { isUsable } from "../../host/read.js";
import type { Setting } from "./settings.js";

const PREFIX = "box-";
/** How long a group may still count the VMM's last threads, in milliseconds. */
const EMPTYING_MS = 2000;

/** Where control groups of version 2 are mounted, and the one of this process. */
export interface CgroupContext {
  mount: string;
  own: string;
}

/** What became of the wish for a group: the folder, with what the kernel refused in it; or why there is none. */
export type Group = { folder: string; refused: { field: string; reason: string }[] } | { reason: string };

/** Reads /proc/self/mountinfo and /proc/self/cgroup; undefined where there is no version 2. */
export function findCgroupContext(mountinfo: string, cgroup: string): CgroupContext | undefined {
  const mount = mountinfo
    .split("\n")
    .map((line) => line.split(" "))
    .find((words) => words[words.indexOf("-", 6) + 1] === "cgroup2")?.[4];
  const own = /^0::(\/.*)$/m.exec(cgroup)?.[1];
  return mount === undefined || own === undefined ? undefined : { mount, own };
}

/** Lets children of a group have controllers; false when it has them not itself. */
async function enable(folder: string, controllers: string[]): Promise<boolean> {
  const words = async (file: string) =>
    new Set((await readFile(join(folder, file), "utf8")).trim().split(" "));
  const available = await words("cgroup.controllers");
  if (!controllers.every((name) => available.has(name))) return false;
  const enabled = await words("cgroup.subtree_control");
  const missing = controllers.filter((name) => !enabled.has(name));
  if (missing.length > 0) {
    await writeFile(join(folder, "cgroup.subtree_control"), missing.map((name) => `+${name}`).join(" "));
  }
  return true;
}

/**
 * Makes a group below this process's own, or below the nearest one above it where that is possible: a group with
 * processes in it, as the own one, cannot hand memory on.
 */
async function makeFolder({ mount, own }: CgroupContext, id: string, controllers: string[]): Promise<Group> {
  let reason = `no control group here has the controllers ${controllers.join(" and ")}`;
  for (let path = own; ; path = dirname(path)) {
    const parent = join(mount, path);
    try {
      if (await enable(parent, controllers)) {
        const folder = join(parent, PREFIX + id.slice(0, 12));
        await mkdir(folder);
        return { folder, refused: [] };
      }
    } catch (error) {
      if (errnoOf(error) !== "ENOENT")
        reason = `control groups are not delegated to this user (${errnoOf(error) ?? String(error)} at ${path})`;
    }
    if (path === "/") return { reason };
  }
}

/**
 * Where groups with these controllers could be made, as far as can be told without making one: this user may write there.
 */
export async function groupParent(
  { mount, own }: CgroupContext,
  controllers: readonly string[],
): Promise<{ allowed: true; path: string } | { allowed: false; reason: string }> {
  for (let path = own; ; path = dirname(path)) {
    const parent = join(mount, path);
    const available = (await readFile(join(parent, "cgroup.controllers"), "utf8").catch(() => "")).split(
      /\s/,
    );
    const all = controllers.every((name) => available.includes(name));
    const writable = await isUsable(join(parent, "cgroup.subtree_control"), constants.W_OK);
    // A group with processes in it, as the own one, cannot hand controllers on; the one above it can.
    const handsOn = path === "/" || path !== own;
    if (all && writable && handsOn && (await isUsable(parent, constants.W_OK)))
      return { allowed: true, path };
    if (path === "/") return { allowed: false, reason: "control groups are not delegated to this user" };
  }
}

/** Makes the control group of a box with these settings. */
export async function makeGroup(settings: Setting[], id: string, around?: CgroupContext): Promise<Group> {
  const context = around ?? (await readCgroupContext());
  if (!context) return { reason: "this host has no cgroup v2" };
  const controllers = [...new Set(settings.map(({ controller }) => controller))];
  const group = await makeFolder(context, id, controllers);
  if ("reason" in group) return group;
  for (const { field, file, value } of settings) {
    await writeFile(join(group.folder, file), value).catch((error: unknown) =>
      group.refused.push({
        field,
        reason: `the kernel refuses ${value} for ${file} (${errnoOf(error) ?? ""})`,
      }),
    );
  }
  return group;
}

export async function readCgroupContext(): Promise<CgroupContext | undefined> {
  const read = (name: string) => readFile(`/proc/self/${name}`, "utf8").catch(() => "");
  return findCgroupContext(await read("mountinfo"), await read("cgroup"));
}

/** Removes the group of a box whose processes have ended, if it has one; `record` is the file that names it. */
export async function removeGroup(record: string): Promise<void> {
  const folder = await readFile(record, "utf8").catch(() => "");
  if (!basename(folder).startsWith(PREFIX)) return;
  const patience = Date.now() + EMPTYING_MS;
  for (;;) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      if (errnoOf(error) !== "EBUSY" || Date.now() > patience) return;
    }
    // The kernel tells nobody but readers of cgroup.events; it takes it some milliseconds.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
