import type { BigIntStats } from "node:fs";
import { lstat, readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { hasEnded } from "../../host/owner.js";
import { namesIn } from "../../host/read.js";
import { isTemplate, ownerOf, PREFIX, templateFiles } from "./files.js";
import { removeTemplate } from "./remove.js";

export interface Template {
  key: string;
  folder: string;
  /** Differs from all templates that have been in this directory before. */
  made: string;
  /** The writable layer that a box of this template has to start with, if the template has one. */
  layer: string | undefined;
  madeAt: number;
  /** When a VM last continued it; undefined if none has. */
  usedAt: number | undefined;
}

/** Written when a template is made. */
export interface TemplateRecord {
  version: 1;
  madeAt: string;
  memoryMb: number;
  /** Size of its writable layer, if it has one. */
  layerMb?: number;
}

/** Maximum age: memory that boxes share should not stay the same for long (docs/security.md). */
export const MOST_AGE_MS = 24 * 3600 * 1000;
/** Maximum number of templates. */
export const MOST_TEMPLATES = 8;
/** After this time, a process that was killed while it made or removed a template has ended with all of its children. */
const UNFINISHED_MS = 5_000;
/** The same for a process in another PID namespace. */
const FOREIGN_MS = 3600 * 1000;
/** How long not to repeat a failed attempt. */
const PAUSE_MS = 3600 * 1000;
/** After this many attempts in a row that somebody or the kernel has killed, do not repeat it either. */
const MOST_KILLS = 3;

const timeOf = async (path: string) => (await lstat(path).catch(() => undefined))?.mtimeMs;

const lookAt = (path: string) => stat(path, { bigint: true }).catch(() => undefined);

function isOfSize(file: BigIntStats | undefined, megabytes: number): file is BigIntStats {
  return file?.size === BigInt(megabytes) * 2n ** 20n;
}

async function readTemplateRecord(folder: string): Promise<TemplateRecord | undefined> {
  try {
    const record = JSON.parse(
      await readFile(templateFiles(folder).record, "utf8"),
    ) as Partial<TemplateRecord>;
    const { version, madeAt, memoryMb, layerMb } = record;
    if (version !== 1 || typeof madeAt !== "string" || typeof memoryMb !== "number") return undefined;
    return { version, madeAt, memoryMb, ...(typeof layerMb === "number" ? { layerMb } : {}) };
  } catch {
    return undefined;
  }
}

// native/vmm/template.c compares it with the file that it opens.
const identityOf = ({ ino, mtimeNs }: BigIntStats) => `${ino}-${mtimeNs}`;

/** Returns what identifies the template in a directory, complete or not; undefined without one. */
export async function madeIn(folder: string): Promise<string | undefined> {
  const state = await lookAt(templateFiles(folder).state);
  return state && identityOf(state);
}

/** Returns a template, if it is complete, as far as that shows without reading it, and not too old. */
export async function findTemplate(folder: string): Promise<Template | undefined> {
  const files = templateFiles(folder);
  const [record, memory, state, layer, usedAt] = await Promise.all([
    readTemplateRecord(folder),
    lookAt(files.memory),
    lookAt(files.state),
    lookAt(files.layer),
    timeOf(files.used),
  ]);
  if (!record || !state || state.size === 0n || !isOfSize(memory, record.memoryMb)) return undefined;
  const { layerMb } = record;
  // The state is written last, so a layer with a later time is not the one that the guest has mounted.
  if (layerMb !== undefined && !(isOfSize(layer, layerMb) && layer.mtimeNs <= state.mtimeNs))
    return undefined;
  const madeAt = Date.parse(record.madeAt);
  // A clock that was set back must not keep it.
  if (!(Math.abs(Date.now() - madeAt) < MOST_AGE_MS)) return undefined;
  return {
    ...{ key: basename(folder).slice(PREFIX.length), folder, madeAt, usedAt },
    made: identityOf(state),
    layer: layerMb === undefined ? undefined : files.layer,
  };
}

/** Lists all usable templates, the one that was used last first. */
export async function listTemplates(templates: string): Promise<Template[]> {
  const names = (await namesIn(templates)).filter(isTemplate);
  const found = await Promise.all(names.map((name) => findTemplate(join(templates, name))));
  return found.filter((each) => each !== undefined).sort((a, b) => lastUse(b) - lastUse(a));
}

const lastUse = ({ madeAt, usedAt = madeAt }: Template) => usedAt;

const isAttemptLog = (name: string) => name.startsWith(PREFIX) && name.endsWith(".log");

async function removeOlder(path: string, milliseconds: number): Promise<void> {
  const time = await timeOf(path);
  if (time !== undefined && Date.now() - time >= milliseconds)
    await rm(path, { recursive: true, force: true });
}

async function isLeft(name: string, path: string): Promise<boolean> {
  const owner = ownerOf(name);
  return owner !== undefined && hasEnded(owner, path, FOREIGN_MS);
}

/**
 * Removes templates that can no longer be used, those used least recently, and what was left by processes that were killed.
 * Nobody must be making one.
 * @param most number of templates to keep
 * @param needed directories of templates that are kept as well
 */
export async function sweepTemplates(
  templates: string,
  most: number,
  needed: ReadonlySet<string> = new Set(),
): Promise<void> {
  const [names, kept] = await Promise.all([namesIn(templates), listTemplates(templates)]);
  const usable = kept.map(({ folder }) => folder);
  const keep = new Set(usable.filter((folder, place) => place < most || needed.has(folder)));
  await Promise.all(
    names.map(async (name) => {
      const path = join(templates, name);
      if (isTemplate(name) && !keep.has(path)) await removeTemplate(path);
      else if (await isLeft(name, path)) await removeOlder(path, UNFINISHED_MS);
      else if (isAttemptLog(name)) await removeOlder(path, PAUSE_MS);
    }),
  );
}

/** Forgets all failures, so that templates that could not be made are tried again. */
export async function forgetFailures(templates: string): Promise<void> {
  const logs = (await namesIn(templates)).filter(isAttemptLog);
  await Promise.all(logs.map((name) => rm(join(templates, name), { force: true })));
}

/**
 * Returns why the last attempt to make a template, or to use it, failed, if that was not long ago. A VM that was killed did
 * not fail; but if many are, that has a reason, such as too little memory on the host.
 */
export async function recentFailure(log: string): Promise<string | undefined> {
  const time = await timeOf(log);
  if (time === undefined || Date.now() - time >= PAUSE_MS) return undefined;
  const text = await readFile(log, "utf8").catch(() => "");
  const reasons = [...text.matchAll(/^box-vmm: (.*)$/gm)];
  const kills = [...text.matchAll(/^the virtual machine was killed$/gm)].length;
  return reasons.at(-1)?.[1] ?? (kills < MOST_KILLS ? undefined : `it was killed ${kills} times in a row`);
}
