import { constants } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errnoOf } from "../../errors.js";
import { isUsable } from "../../host/read.js";
import type { Setting } from "./settings.js";

const PREFIX = "box-";
/** How long a group may still contain exiting threads of the VMM, in milliseconds. */
const EMPTYING_MS = 2000;

/** Mount point of cgroup v2, and the group of this process. */
export interface CgroupContext {
  mount: string;
  own: string;
}

/** A created group, with the settings that the kernel rejected; or the reason why none could be created. */
export type Group = { folder: string; refused: { field: string; reason: string }[] } | { reason: string };

/** Reads /proc/self/mountinfo and /proc/self/cgroup; undefined without cgroup v2. */
export function findCgroupContext(mountinfo: string, cgroup: string): CgroupContext | undefined {
  const mount = mountinfo
    .split("\n")
    .map((line) => line.split(" "))
    .find((words) => words[words.indexOf("-", 6) + 1] === "cgroup2")?.[4];
  const own = /^0::(\/.*)$/m.exec(cgroup)?.[1];
  return mount === undefined || own === undefined ? undefined : { mount, own };
}

/** Enables controllers for the children of a group; false if the group does not have them itself. */
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
 * Creates a group below this process's own group, or below the nearest ancestor that allows it: a group that contains
 * processes, such as its own, cannot delegate memory.
 */
async function makeFolder({ mount, own }: CgroupContext, id: string, controllers: string[]): Promise<Group> {
  let reason = `no accessible control group has the controllers ${controllers.join(" and ")}`;
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
 * Finds out where groups with these controllers could be created, going by write permissions alone.
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
    // A group that contains processes, such as this one's own, cannot delegate controllers; its parent can.
    const canDelegate = path === "/" || path !== own;
    if (all && writable && canDelegate && (await isUsable(parent, constants.W_OK)))
      return { allowed: true, path };
    if (path === "/") return { allowed: false, reason: "control groups are not delegated to this user" };
  }
}

/** Creates a box's control group with these settings. */
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
        reason: `the kernel rejected ${value} for ${file} (${errnoOf(error) ?? ""})`,
      }),
    );
  }
  return group;
}

export async function readCgroupContext(): Promise<CgroupContext | undefined> {
  const read = (name: string) => readFile(`/proc/self/${name}`, "utf8").catch(() => "");
  return findCgroupContext(await read("mountinfo"), await read("cgroup"));
}

/**
 * Removes the group of a box whose processes have exited, if it has one; `record` is the file that contains its path.
 */
export async function removeGroup(record: string): Promise<void> {
  const folder = await readFile(record, "utf8").catch(() => "");
  if (!basename(folder).startsWith(PREFIX)) return;
  const deadline = Date.now() + EMPTYING_MS;
  for (;;) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      if (errnoOf(error) !== "EBUSY" || Date.now() > deadline) return;
    }
    // The kernel signals an empty group only through cgroup.events; it takes a few milliseconds.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
