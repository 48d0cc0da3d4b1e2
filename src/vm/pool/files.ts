import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isPoolName } from "../../config/syntax/pool-name.js";
import { foldersIn, namesIn } from "../../host/read.js";
import { REMOVING } from "../box/remove.js";
import type { Home } from "../../host/home.js";

/** The files of one pool (docs/on-disk.md). The directories beside them, named by ID, are those of its idle VMs. */
export interface PoolFiles {
  definition: string;
  /** Held by the pool's keeper. */
  lock: string;
  /** Identifies the keeper (`thisProcess`). */
  keeper: string;
  /** Name of the template's directory that its VMs continue. Present after a first one has. */
  template: string;
  log: string;
}

export function poolsFolder(home: Home): string {
  return join(home.folder, "pools");
}

export function poolFolder(home: Home, name: string): string {
  return join(poolsFolder(home), name);
}

export function poolFiles(folder: string): PoolFiles {
  return {
    definition: join(folder, "pool.json"),
    lock: join(folder, "lock"),
    keeper: join(folder, "keeper"),
    template: join(folder, "template"),
    log: join(folder, "keeper.log"),
  };
}

/** Returns the place of a pool that is being removed. */
export function removedPool(home: Home, name: string): string {
  return join(poolsFolder(home), REMOVING + name);
}

/** Removes what is left of pools whose removal was interrupted. */
export async function sweepPools(home: Home): Promise<void> {
  const names = (await namesIn(poolsFolder(home))).filter((name) => name.startsWith(REMOVING));
  await Promise.all(names.map((name) => rm(join(poolsFolder(home), name), { recursive: true, force: true })));
}

/** The names of all pools, sorted, including those whose keeper was killed. @throws BoxError store-unreadable */
export async function poolNames(home: Home): Promise<string[]> {
  const names = await foldersIn(poolsFolder(home));
  return names.filter(isPoolName).sort();
}

const ID = /^[0-9a-f]{64}$/;

/** The IDs of the VMs that have a directory in a pool's, including those whose removal has begun. */
export async function vmsIn(folder: string): Promise<string[]> {
  const names = (await namesIn(folder)).map((name) =>
    name.startsWith(REMOVING) ? name.slice(REMOVING.length) : name,
  );
  return names.filter((name) => ID.test(name));
}

/** Name of the keeper's socket in the runtime directory (host/runtime-folder.ts). */
export function poolSocket(name: string): string {
  return `${name}.pool`;
}
