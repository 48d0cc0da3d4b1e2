import { constants } from "node:fs";
import { mkdir, open, rename, rm, truncate, writeFile, type FileHandle } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { BoxError } from "../errors.js";
import { templatesFolder, type Home } from "../host/home.js";
import { isUsable } from "../host/read.js";
import { runProgram } from "../host/run-program.js";
import { sweepTemporaries, temporaryBeside } from "../host/temporaries.js";
import { copySparse } from "./copy-sparse.js";

/** Whether a writable layer outlives the run of its box. */
export type LayerKind = "scratch" | "persistent";

/** Returns the kind of a box's writable layer. */
export function layerKindOf(persistent: boolean): LayerKind {
  return persistent ? "persistent" : "scratch";
}

// Inode tables are initialized now, so that the guest's kernel does not do it in the background, which would fill the
// sparse file. The journal of a new file is all zeros already.
const FORMAT = [
  ...["-q", "-F", "-t", "ext4", "-m", "0"],
  ...["-E", "lazy_itable_init=0,lazy_journal_init=1,root_owner=0:0"],
];

/**
 * A layer that is discarded at stop needs no journal, and waiting for the disk at every fsync would protect nothing. These
 * are defaults in the file system itself, so mounting needs no special options.
 */
const KINDS: Record<LayerKind, { format: string[]; tune?: string[] }> = {
  scratch: {
    format: ["-O", "^has_journal"],
    tune: ["-o", "nobarrier", "-E", "mount_opts=noauto_da_alloc"],
  },
  persistent: { format: [] },
};

const MEBIBYTE = 2 ** 20;
/** The magic number of ext4's superblock, and where it is in the file. */
const [MAGIC, MAGIC_OFFSET] = [Buffer.from([0x53, 0xef]), 1024 + 56];

async function withFile<T>(path: string, act: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  return act(file).finally(() => file.close());
}

async function format(
  home: Home,
  path: string,
  sizeMb: number,
  kind: LayerKind,
  signal: AbortSignal | undefined,
): Promise<void> {
  // An empty entry would be the working directory.
  const folders = [home.env["PATH"], "/usr/sbin", "/sbin"].filter((folder) => folder);
  const env = { ...home.env, PATH: folders.join(delimiter) };
  await writeFile(path, "", { mode: 0o600 });
  await truncate(path, sizeMb * MEBIBYTE);
  const options = KINDS[kind];
  await runProgram("mke2fs", [...FORMAT, ...options.format, path], { env, signal });
  if (options.tune) await runProgram("tune2fs", [...options.tune, path], { env, signal });
  // Otherwise, after a power failure, it could have its name, but not its contents.
  await withFile(path, (file) => file.sync());
}

/** Whether a file has the size of an ext4 file system that was formatted, and its superblock. */
async function isIntact(path: string, sizeMb: number): Promise<boolean> {
  const magic = Buffer.alloc(MAGIC.length);
  try {
    return await withFile(path, async (file) => {
      await file.read(magic, 0, magic.length, MAGIC_OFFSET);
      return (await file.stat()).size === sizeMb * MEBIBYTE && magic.equals(MAGIC);
    });
  } catch {
    return false;
  }
}

/** The path of an empty ext4 file system of this size, which may have yet to be formatted. */
export function layerTemplatePath(home: Home, sizeMb: number, kind: LayerKind): string {
  return join(templatesFolder(home), `${kind}-${sizeMb}m.ext4`);
}

/**
 * Returns the path of an empty ext4 file system of this size. It is formatted once and kept, or again if it is damaged.
 * @throws BoxError upper-failed; the signal's reason
 */
export async function layerTemplate(
  home: Home,
  sizeMb: number,
  kind: LayerKind,
  signal?: AbortSignal,
): Promise<string> {
  const folder = templatesFolder(home);
  const path = layerTemplatePath(home, sizeMb, kind);
  if (await isIntact(path, sizeMb)) return path;
  const temporary = temporaryBeside(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await sweepTemporaries(folder);
    await format(home, temporary, sizeMb, kind, signal);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    signal?.throwIfAborted();
    throw new BoxError("upper-failed", "cannot format the writable layer with mke2fs and tune2fs", {
      hint: "install e2fsprogs, and check that the disk with box's home directory has free space",
      cause: error,
    });
  }
  return path;
}

export interface WritableLayerOptions {
  sizeMb: number;
  kind: LayerKind;
  /** Copied instead of an empty file system, if it exists. */
  seed?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Creates the writable layer of a box: a sparse copy of an empty file system, or a reflink if the host's supports it.
 * @returns the file that was copied
 * @throws BoxError upper-failed; the signal's reason
 */
export async function createWritableLayer(
  home: Home,
  path: string,
  { sizeMb, kind, seed, signal }: WritableLayerOptions,
): Promise<string> {
  const source =
    seed !== undefined && (await isUsable(seed, constants.R_OK))
      ? seed
      : await layerTemplate(home, sizeMb, kind, signal);
  try {
    await copySparse(source, path, signal);
    return source;
  } catch (error) {
    signal?.throwIfAborted();
    throw new BoxError("upper-failed", `cannot create the writable layer ${path}`, {
      hint: "check that the disk has free space",
      cause: error,
    });
  }
}
