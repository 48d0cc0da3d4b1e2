import { rmdirSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../errors.js";
import { makeFolder } from "../../host/files.js";
import { namesIn } from "../../host/read.js";
import { whenFree } from "../../host/lock.js";
import { hasEnded, thisProcess } from "../../host/owner.js";
import { hex, leasesFolder, lockFile } from "./paths.js";
import type { Store } from "./store.js";

/** Held by whoever removes images and layers. */
export const REMOVAL = "removal";

/** A lease is an empty folder, which is made in one step and whose name says all. */
const NAME = /^([0-9a-f]{64})\.(\d+-\d+-\d+)\.\d+$/;
const UNWRITABLE = new Set(["EROFS", "EACCES", "EPERM"]);
const FOREIGN_MS = 24 * 3600 * 1000;

const mine = new Set<string>();
let leaseCount = 0;

function releaseAll(): void {
  for (const path of mine) {
    try {
      rmdirSync(path);
    } catch {
      // The store may have gone.
    }
  }
}

async function release(paths: Iterable<string>): Promise<void> {
  await Promise.all(
    [...paths].map(async (path) => {
      mine.delete(path);
      await rmdir(path).catch(() => undefined);
    }),
  );
  if (mine.size === 0) process.off("exit", releaseAll);
}

/**
 * A store for one piece of work: its leases end when they are released, at the latest with this process.
 * @param signal ends the work
 */
export function scopedStore(
  store: Store,
  signal?: AbortSignal,
): { store: Store; release: () => Promise<void> } {
  const leases = new Set<string>();
  return { store: { ...store, leases, signal }, release: () => release(leases) };
}

/** Works in a store; what is held meanwhile is held no longer than that. @param signal ends the work */
export async function withLeases<T>(
  store: Store,
  signal: AbortSignal | undefined,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const scope = scopedStore(store, signal);
  try {
    return await work(scope.store);
  } finally {
    await scope.release();
  }
}

/**
 * Keeps images and layers from being removed until the lease is released or the scope of the store ends, or, of a store
 * without one, this process. What is held may be missing: only after this is it worth a look.
 *
 * Leases and removals exclude each other as in Dekker's algorithm: the one makes its lease and then looks whether
 * something is being removed, the other takes its lock and then looks what is leased.
 * @param digests of images' manifests, and diffIDs of layers
 */
export async function lease(store: Store, digests: readonly string[]): Promise<() => Promise<void>> {
  const folder = leasesFolder(store);
  const paths = [...new Set(digests)].map((digest) =>
    join(folder, `${hex(digest)}.${thisProcess()}.${leaseCount++}`),
  );
  if (mine.size === 0) process.once("exit", releaseAll);
  await Promise.all(
    paths.map(async (path) => {
      try {
        await makeFolder(path);
        mine.add(path);
        store.leases?.add(path);
      } catch (error) {
        // From a store that cannot be written to, images can still be used.
        if (!UNWRITABLE.has(errnoOf(error) ?? "")) throw error;
      }
    }),
  );
  await whenFree(lockFile(store, REMOVAL), store.signal);
  return () => release(paths);
}

/** Hexadecimal digits of what living processes have leased. The leases of dead ones are swept. */
export async function leasedDigests(folder: string): Promise<Set<string>> {
  const names = await namesIn(folder);
  const leased = await Promise.all(
    names.map(async (name) => {
      const [, digits, owner] = NAME.exec(name) ?? [];
      if (digits === undefined || owner === undefined) return [];
      const path = join(folder, name);
      if (!(await hasEnded(owner, path, FOREIGN_MS))) return [digits];
      await rmdir(path).catch(() => undefined);
      return [];
    }),
  );
  return new Set(leased.flat());
}
