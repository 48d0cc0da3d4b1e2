import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BoxError } from "../errors.js";
import { onAbort } from "../host/abort.js";
import type { Home } from "../host/home.js";
import { isUsable } from "../host/read.js";

interface Run {
  env?: NodeJS.ProcessEnv;
  signal: AbortSignal | undefined;
}

/** Runs a program to its end, which has come when this throws the signal's reason. @throws Error with what it said */
async function run(program: string, words: readonly string[], { env, signal }: Run): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"], ...(env ? { env } : {}) });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const off = onAbort(signal, () => child.kill("SIGKILL"));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(off);
  if (code === 0) return;
  signal?.throwIfAborted();
  throw new Error(`${program} failed: ${said.trim() || String(code)}`);
}

/** Whether a writable layer outlives the run of its box. */
export type LayerKind = "scratch" | "persistent";

// The tables are written now, so that the guest's kernel does not do it in the background and blow the sparse file up;
// the journal of a new file is zeros already.
const FORMAT = [
  ...["-q", "-F", "-t", "ext4", "-m", "0"],
  ...["-E", "lazy_itable_init=0,lazy_journal_init=1,root_owner=0:0"],
];

/**
 * What is thrown away at stop needs no journal, and waiting for the disk at every fsync would protect nothing. The layer
 * says so itself: whoever mounts it need not know.
 */
const KINDS: Record<LayerKind, { format: string[]; tune?: string[] }> = {
  scratch: {
    format: ["-O", "^has_journal"],
    tune: ["-o", "nobarrier", "-E", "mount_opts=noauto_da_alloc"],
  },
  persistent: { format: [] },
};

async function format(
  home: Home,
  path: string,
  sizeMb: number,
  kind: LayerKind,
  signal: AbortSignal | undefined,
): Promise<void> {
  const env = { ...home.env, PATH: `${home.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  await writeFile(path, "", { mode: 0o600 });
  await truncate(path, sizeMb * 2 ** 20);
  const options = KINDS[kind];
  await run("mke2fs", [...FORMAT, ...options.format, path], { env, signal });
  if (options.tune) await run("tune2fs", [...options.tune, path], { env, signal });
}

/**
 * An empty ext4 file system of this size, formatted once and kept.
 * @throws BoxError upper-failed; the signal's reason
 */
export async function layerTemplate(
  home: Home,
  sizeMb: number,
  kind: LayerKind,
  signal?: AbortSignal,
): Promise<string> {
  const folder = join(home.folder, "templates");
  const path = join(folder, `${kind}-${sizeMb}m.ext4`);
  if (await isUsable(path, constants.R_OK)) return path;
  const temporary = `${path}.${process.pid}-${randomUUID()}.tmp`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await format(home, temporary, sizeMb, kind, signal);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    signal?.throwIfAborted();
    throw new BoxError("upper-failed", "cannot format the writable layer with mke2fs and tune2fs", {
      hint: "install e2fsprogs, and see that the disk of box's folder has room",
      cause: error,
    });
  }
  return path;
}

export interface WritableLayerOptions {
  sizeMb: number;
  kind: LayerKind;
  /** Is copied in the template's place, where it is there. */
  seed?: string;
  signal?: AbortSignal | undefined;
}

/**
 * Makes the writable layer of a box: a sparse copy of the template, a reflink where the file system can.
 * @throws BoxError upper-failed; the signal's reason
 */
export async function createWritableLayer(
  home: Home,
  path: string,
  { sizeMb, kind: options, seed, signal }: WritableLayerOptions,
): Promise<void> {
  const source =
    seed !== undefined && (await isUsable(seed, constants.R_OK))
      ? seed
      : await layerTemplate(home, sizeMb, options, signal);
  try {
    await run("cp", ["--sparse=always", "--reflink=auto", "--", source, path], { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new BoxError("upper-failed", `cannot make the writable layer ${path}`, {
      hint: "see that the disk has room",
      cause: error,
    });
  }
}
