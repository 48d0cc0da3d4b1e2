import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BoxError, errnoOf } from "../../errors.js";
import { writeFileAtomic } from "../../host/files.js";
import type { BoxConfig } from "../../config/box-config.js";
import { restartOf } from "../../config/spec/lasting.js";
import { toLimits } from "../../config/spec/limits.js";
import { validateConfig } from "../../config/validate.js";
import { readJson } from "../../host/read.js";
import { resolveCpuset } from "../limits/cpus.js";
import { groupSettings } from "../limits/settings.js";
import type { Task } from "../protocol/guest/messages.js";
import { tryConnect } from "./connect.js";
import { recordEventOf } from "./event.js";
import { boxFiles } from "./files.js";
import type { Box } from "./find.js";
import type { BoxRecord } from "./record.js";
import { withRecord } from "./record-lock.js";
import { resolveCpuLimit, resolvePidsLimit } from "./resolve/limits.js";
import { runTask } from "./task.js";
import { parseUsage } from "./usage.js";
import type { Home } from "../../host/home.js";
import { counted } from "../../config/syntax/counted.js";

type Limits = BoxConfig["resourceLimits"];

/** Fields to change; undefined leaves a field as is. */
export interface Update {
  restart?: string | undefined;
  vcpus?: number | undefined;
  /** A part of `vcpus` to which the CPU time is limited; null: all of it. */
  cpus?: number | null | undefined;
  memoryMb?: number | undefined;
  limits: { [Name in keyof Limits]?: Limits[Name] | undefined };
}

function refuse(name: string, subject: string, reason: string): BoxError {
  return new BoxError("not-while-running", `box ${name} is running, and ${reason}`, {
    subject,
    hint: "stop it, update it, and start it again",
    detail: { box: name },
  });
}

/** Leaves out undefined fields. */
function defined<T extends object>(values: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

function apply({ config, options, guest }: BoxRecord, { restart, vcpus, cpus, memoryMb, limits }: Update) {
  const resourceLimits: Limits = { ...config.resourceLimits, ...defined(limits) };
  const resources = { ...config.resources, ...defined({ vcpus, memoryMb }) };
  // A number of CPUs lifts the limit to a part of them.
  const part = cpus === undefined && vcpus !== undefined ? null : cpus;
  const after = { ...options, ...defined({ restart, cpus: part }) };
  return {
    config: {
      ...config,
      resources,
      resourceLimits,
    },
    options: after,
    guest: {
      ...guest,
      pidsLimit: resolvePidsLimit(resourceLimits.pidsLimit),
      cpuLimit: resolveCpuLimit(after.cpus, resources.vcpus),
    },
  };
}

/** Prepares changes to the host control group of a running VMM. @returns a function that applies them */
async function changeGroup(box: Box, before: Limits, after: Limits): Promise<() => Promise<void>> {
  const { name, config } = box.record;
  const { memoryMb } = config.resources;
  const old = new Map(groupSettings(before, memoryMb).map(({ file, value }) => [file, value]));
  const wanted = groupSettings(after, memoryMb);
  const changed = wanted.filter(({ file, value }) => old.get(file) !== value);
  const gone = groupSettings(before, memoryMb).find(({ file }) => wanted.every((each) => each.file !== file));
  if (gone) throw refuse(name, gone.field, "a limit enforced by the host cannot be removed");
  const [first] = changed;
  if (!first) return () => Promise.resolve();
  const folder = await readFile(boxFiles(box.folder).cgroup, "utf8").catch(() => undefined);
  const missing = changed.find(({ file }) => folder === undefined || !old.has(file));
  if (folder === undefined || missing) {
    throw refuse(name, (missing ?? first).field, "its VM has no host control group with this limit");
  }
  return async () => {
    for (const { field, file, value } of changed) {
      await writeFile(join(folder, file), value).catch((error: unknown) => {
        throw refuse(
          name,
          field,
          `the kernel rejects the value ${value} for ${file} (${errnoOf(error) ?? ""})`,
        );
      });
    }
  };
}

/** @throws BoxError flag-conflict */
function checkCpus({ cpus }: BoxRecord["options"], { resourceLimits }: BoxConfig): void {
  if (cpus === null || resourceLimits.cpuQuota === null) return;
  throw new BoxError("flag-conflict", "conflicts with resourceLimits.cpuQuota: both limit the CPU time", {
    subject: "record.cpus",
  });
}

/** Returns the tasks for the guest of a running box. @throws BoxError not-while-running, before anything is changed */
async function changeGuest(home: Home, box: Box, { vcpus, cpus: part, limits }: Update): Promise<Task[]> {
  const { name } = box.record;
  const tasks: Task[] = [];
  if (limits.pidsLimit !== undefined) {
    const value = resolvePidsLimit(limits.pidsLimit) ?? 0;
    tasks.push({ kind: "limit", resource: "pids", value });
  }
  const socket = vcpus === undefined ? undefined : await tryConnect(home, box);
  if (vcpus !== undefined && socket) {
    const { cpus } = parseUsage(await runTask(socket, { kind: "usage" }));
    if (vcpus > cpus) throw refuse(name, "resources.vcpus", `its VM has only ${counted(cpus, "CPU")}`);
    tasks.push({ kind: "limit", resource: "cpu", value: resolveCpuLimit(part ?? vcpus, cpus) ?? 0 });
  }
  return tasks;
}

async function changeRunning(home: Home, box: Box, update: Update): Promise<void> {
  const { name, config } = box.record;
  if (update.memoryMb !== undefined && update.memoryMb !== config.resources.memoryMb)
    throw refuse(name, "resources.memoryMb", "the memory of a VM cannot be changed");
  if (update.limits.cpusetCpus !== undefined)
    throw refuse(name, "resourceLimits.cpusetCpus", "a VM cannot be moved to other CPUs");
  const after = { ...config.resourceLimits, ...defined(update.limits) };
  const changeHost = await changeGroup(box, config.resourceLimits, after);
  const tasks = await changeGuest(home, box, update);
  await changeHost();
  for (const task of tasks) {
    const socket = await tryConnect(home, box);
    if (socket) await runTask(socket, task);
  }
}

/**
 * Changes limits and the restart policy of a box, immediately if it is running, and for all later starts.
 * @throws BoxError not-while-running for changes that a running box does not allow, before anything is changed;
 *   invalid-limit, flag-conflict
 */
export async function updateBox(home: Home, box: Box, update: Update): Promise<void> {
  const { folder, record, state } = box;
  if (update.restart !== undefined && update.restart !== "no" && record.options.autoRemove) {
    throw new BoxError("flag-conflict", `box ${record.name} was created with \`autoRemove\``, {
      subject: "record.restart",
    });
  }
  const { config, options } = apply(record, update);
  validateConfig(config);
  restartOf(options);
  checkCpus(options, config);
  const { cpusetCpus } = toLimits(config.resourceLimits);
  // Checks that they are compatible.
  groupSettings(config.resourceLimits, config.resources.memoryMb);
  if (update.limits.cpusetCpus && cpusetCpus) await resolveCpuset(cpusetCpus);
  if (state.status === "running") await changeRunning(home, box, update);
  const path = boxFiles(folder).record;
  await withRecord(home, record.id, async () => {
    // Reread it: another command may have written it in the meantime.
    const current = (await readJson(path)) as BoxRecord;
    await writeFileAtomic(path, JSON.stringify({ ...current, ...apply(current, update) }));
  });
  recordEventOf(home, folder, record, "update");
}
