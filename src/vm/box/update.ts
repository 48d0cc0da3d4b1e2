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
import { resolvePidsLimit } from "./resolve/limits.js";
import { runTask } from "./task.js";
import { parseUsage } from "./usage.js";
import type { Home } from "../../host/home.js";

type Limits = BoxConfig["resourceLimits"];

/** What is to be otherwise; what is undefined stays. */
export interface Update {
  restart?: string | undefined;
  vcpus?: number | undefined;
  memoryMb?: number | undefined;
  limits: { [Name in keyof Limits]?: Limits[Name] | undefined };
}

/** Of a group's CPU time, in which the guest's kernel counts, in microseconds. */
const GUEST_PERIOD = 100_000;

function refuse(name: string, subject: string, why: string): BoxError {
  return new BoxError("not-while-running", `box ${name} runs, and ${why}`, {
    subject,
    hint: "stop it, update it, and start it again",
    detail: { box: name },
  });
}

/** What is said; the rest is left out. */
function said<T extends object>(values: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

function apply({ config, options, guest }: BoxRecord, { restart, vcpus, memoryMb, limits }: Update) {
  const resourceLimits: Limits = { ...config.resourceLimits, ...said(limits) };
  return {
    config: {
      ...config,
      resources: { ...config.resources, ...said({ vcpus, memoryMb }) },
      resourceLimits,
    },
    options: { ...options, ...said({ restart }) },
    guest: { ...guest, pidsLimit: resolvePidsLimit(resourceLimits.pidsLimit) },
  };
}

/** Settings of the host's control group of a running VMM that this changes. */
async function changeGroup(box: Box, before: Limits, after: Limits): Promise<() => Promise<void>> {
  const { name, config } = box.record;
  const { memoryMb } = config.resources;
  const old = new Map(groupSettings(before, memoryMb).map(({ file, value }) => [file, value]));
  const wanted = groupSettings(after, memoryMb);
  const changed = wanted.filter(({ file, value }) => old.get(file) !== value);
  const gone = groupSettings(before, memoryMb).find(({ file }) => wanted.every((each) => each.file !== file));
  if (gone) throw refuse(name, gone.field, "a limit of the host's cannot be taken back");
  const [first] = changed;
  if (!first) return () => Promise.resolve();
  const folder = await readFile(boxFiles(box.folder).cgroup, "utf8").catch(() => undefined);
  const missing = changed.find(({ file }) => folder === undefined || !old.has(file));
  if (folder === undefined || missing) {
    throw refuse(
      name,
      (missing ?? first).field,
      "its VM has no control group of this host's with such a limit",
    );
  }
  return async () => {
    for (const { field, file, value } of changed) {
      await writeFile(join(folder, file), value).catch((error: unknown) => {
        throw refuse(name, field, `the kernel refuses ${value} for ${file} (${errnoOf(error) ?? ""})`);
      });
    }
  };
}

/** What has to be done in a running box. @throws BoxError not-while-running, before anything is done */
async function changeGuest(home: Home, box: Box, { vcpus, limits }: Update): Promise<Task[]> {
  const { name } = box.record;
  const tasks: Task[] = [];
  if (limits.pidsLimit !== undefined) {
    const value = resolvePidsLimit(limits.pidsLimit) ?? 0;
    tasks.push({ kind: "limit", resource: "pids", value });
  }
  const socket = vcpus === undefined ? undefined : await tryConnect(home, box);
  if (vcpus !== undefined && socket) {
    const { cpus } = parseUsage(await runTask(socket, { kind: "usage" }));
    if (vcpus > cpus) throw refuse(name, "resources.vcpus", `its VM has ${cpus}`);
    tasks.push({ kind: "limit", resource: "cpu", value: vcpus === cpus ? 0 : vcpus * GUEST_PERIOD });
  }
  return tasks;
}

async function changeRunning(home: Home, box: Box, update: Update): Promise<void> {
  const { name, config } = box.record;
  if (update.memoryMb !== undefined && update.memoryMb !== config.resources.memoryMb)
    throw refuse(name, "resources.memoryMb", "a VM keeps the memory that it was started with");
  if (update.limits.cpusetCpus !== undefined)
    throw refuse(name, "resourceLimits.cpusetCpus", "a VM keeps the CPUs that it was started on");
  const after = { ...config.resourceLimits, ...said(update.limits) };
  const changeHost = await changeGroup(box, config.resourceLimits, after);
  const tasks = await changeGuest(home, box, update);
  await changeHost();
  for (const task of tasks) {
    const socket = await tryConnect(home, box);
    if (socket) await runTask(socket, task);
  }
}

/**
 * Changes limits and the restart policy of a box: at once where it runs, and for every start to come.
 * @throws BoxError not-while-running for what a running box cannot change, and nothing is changed then; invalid-limit,
 *   flag-conflict
 */
export async function updateBox(home: Home, box: Box, update: Update): Promise<void> {
  const { folder, record, state } = box;
  if (update.restart !== undefined && update.restart !== "no" && record.options.autoRemove) {
    throw new BoxError("flag-conflict", `box ${record.name} was made with \`autoRemove\``, {
      subject: "record.restart",
    });
  }
  const { config, options } = apply(record, update);
  validateConfig(config);
  restartOf(options);
  const { cpusetCpus } = toLimits(config.resourceLimits);
  // Whether they go together.
  groupSettings(config.resourceLimits, config.resources.memoryMb);
  if (update.limits.cpusetCpus && cpusetCpus) await resolveCpuset(cpusetCpus);
  if (state.status === "running") await changeRunning(home, box, update);
  const path = boxFiles(folder).record;
  await withRecord(home, record.id, async () => {
    // As it is by now: another command may have written it meanwhile.
    const current = (await readJson(path)) as BoxRecord;
    await writeFileAtomic(path, JSON.stringify({ ...current, ...apply(current, update) }));
  });
  recordEventOf(home, folder, record, "update");
}
