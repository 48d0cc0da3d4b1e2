import { execFile, spawn } from "node:child_process";
import { mkdir, open, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { copySparse } from "../copy-sparse.js";
import { attemptLog, LAYER_MARK, makingLock, templateFiles, templateFolder, unfinished } from "./files.js";
import { keyOf, type Shape } from "./key.js";
import { helperEnvironment } from "./helper-environment.js";
import { findTemplate, MOST_TEMPLATES, recentFailure, sweepTemplates, type TemplateRecord } from "./store.js";

/** A template to be made. */
export interface Making {
  shape: Shape;
  memoryMb: number;
  /** The empty file system that its writable layer is a copy of, and the size; undefined: it has no writable layer. */
  layer?: { source: string; sizeMb: number };
  /** `box-vmm`. */
  program: string;
  /** The directory of all templates. */
  templates: string;
}

/** Maximum time in seconds; on an idle host it takes one or two, but boxes come first. */
const LIMIT_SECS = 1800;
/** Free space on the disk that is left to boxes, in bytes; a template takes less than a fifth of it. */
const SPARE_BYTES = 512 * 2 ** 20;

async function hasSpace(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize >= SPARE_BYTES;
}

/** Inserts the path of the writable layer. Commas separate values in QEMU's options; a literal comma is doubled. */
function withLayer(words: readonly string[], path: string): string[] {
  const inOption = path.replaceAll(",", ",,");
  return words.map((word) => (word === LAYER_MARK ? path : word.replace(LAYER_MARK, () => inOption)));
}

/**
 * Makes a template in the background, in a process that outlives this one, unless there is one already, the
 * last attempt failed, or the disk is almost full. Only one is made at a time (docs/vmm-helper.md).
 * @returns its directory
 * @throws the system error of a step that failed
 */
export async function makeTemplate(
  { shape, memoryMb, layer, program, templates }: Making,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  // Only now: the first VM on a host has given its files to their group.
  const folder = templateFolder(templates, await keyOf(shape));
  const lock = makingLock(templates);
  const { stdout: held } = await promisify(execFile)(program, ["locked", lock]);
  if (held !== "") return undefined;
  await sweepTemplates(templates, MOST_TEMPLATES - 1);
  if ((await findTemplate(folder)) || (await recentFailure(attemptLog(folder)))) return undefined;
  if (!(await hasSpace(templates))) return undefined;
  const into = join(templates, unfinished("making"));
  await mkdir(into, { recursive: true, mode: 0o700 });
  const log = await open(attemptLog(folder), "a", 0o600);
  try {
    const files = templateFiles(into);
    const madeAt = new Date().toISOString();
    const record: TemplateRecord = {
      version: 1,
      madeAt,
      memoryMb,
      ...(layer ? { layerMb: layer.sizeMb } : {}),
    };
    await writeFile(files.record, JSON.stringify(record), { mode: 0o600 });
    if (layer) await copySparse(layer.source, files.layer);
    const child = spawn(
      program,
      [
        ...["freeze", "--lock", lock, "--into", into, "--to", folder],
        ...["--limit", String(LIMIT_SECS), ...withLayer(shape.words, files.layer)],
      ],
      { detached: true, cwd: "/", stdio: ["ignore", "ignore", log.fd], env: helperEnvironment(env) },
    );
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.unref();
    return folder;
  } catch (error) {
    await rm(into, { recursive: true, force: true });
    throw error;
  } finally {
    await log.close();
  }
}
