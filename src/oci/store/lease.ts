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

/** Name of the lock that is held while images and layers are removed. */
export const REMOVAL = "removal";

/** A lease is an empty directory: it is created atomically, and its name contains all information. */
const NAME = /^([0-9a-f]{64})\.(\d+-\d+-\d+)\.\d+$/;
const UNWRITABLE = new Set(["EROFS", "EACCES", "EPERM"]);
/** After this time, the leases of processes in other PID namespaces, which may have ended, are removed. */
const OTHER_NAMESPACE_MS = 24 * 3600 * 1000;

const ownLeases = new Set<string>();
let leaseCount = 0;

function releaseAll(): void {
  for (const path of ownLeases) {
    try {
      rmdirSync(path);
    } catch {
      // The store may have been removed.
    }
  }
}

async function release(paths: Iterable<string>): Promise<void> {
  await Promise.all(
    [...paths].map(async (path) => {
      ownLeases.delete(path);
      await rmdir(path).catch(() => undefined);
    }),
  );
  if (ownLeases.size === 0) process.off("exit", releaseAll);
}

/**
 * Returns a store for one operation: its leases end when they are released, or with this process.
 * @param signal aborts the operation
 */
export function scopedStore(
  store: Store,
  signal?: AbortSignal,
): { store: Store; release: () => Promise<void> } {
  const leases = new Set<string>();
  return { store: { ...store, leases, signal }, release: () => release(leases) };
}

/** Runs an operation on a store, and releases its leases afterwards. @param signal aborts the operation */
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
 * Protects images and layers from removal until the lease is released or the scope of the store ends (without a scope:
 * this process). They may not exist; check only after this has returned.
 *
 * Leases and removals exclude each other as in Dekker's algorithm: one side creates its lease and then checks whether a
 * removal is in progress; the other takes its lock and then checks what is leased.
 * @param digests digests of images' manifests, and diffIDs of layers
 */
export async function lease(store: Store, digests: readonly string[]): Promise<() => Promise<void>> {
  const folder = leasesFolder(store);
  const paths = [...new Set(digests)].map((digest) =>
    join(folder, `${hex(digest)}.${thisProcess()}.${leaseCount++}`),
  );
  if (ownLeases.size === 0) process.once("exit", releaseAll);
  await Promise.all(
    paths.map(async (path) => {
      try {
        await makeFolder(path);
        ownLeases.add(path);
        store.leases?.add(path);
      } catch (error) {
        // Images in a read-only store can still be used.
        if (!UNWRITABLE.has(errnoOf(error) ?? "")) throw error;
      }
    }),
  );
  await whenFree(lockFile(store, REMOVAL), store.signal);
  // Commands that were killed would leave more and more of them on a host where nothing is ever removed.
  await sweepLeases(folder);
  return () => release(paths);
}

/** Returns all leases: their paths, the hexadecimal digits of their digests, and whether their process has ended. */
async function leasesIn(folder: string): Promise<{ path: string; digits: string; ended: boolean }[]> {
  const names = await namesIn(folder);
  const leases = await Promise.all(
    names.map(async (name) => {
      const [, digits, owner] = NAME.exec(name) ?? [];
      if (digits === undefined || owner === undefined) return [];
      const path = join(folder, name);
      return [{ path, digits, ended: await hasEnded(owner, path, OTHER_NAMESPACE_MS) }];
    }),
  );
  return leases.flat();
}

const held = (leases: Awaited<ReturnType<typeof leasesIn>>) =>
  new Set(leases.flatMap(({ digits, ended }) => (ended ? [] : digits)));

/** Returns the hexadecimal digits of what running processes have leased. */
export async function leasedDigests(folder: string): Promise<Set<string>> {
  return held(await leasesIn(folder));
}

/** Removes the leases of processes that have ended. @returns as `leasedDigests` */
export async function sweepLeases(folder: string): Promise<Set<string>> {
  const leases = await leasesIn(folder);
  const ended = leases.filter((lease) => lease.ended);
  await Promise.all(ended.map(({ path }) => rmdir(path).catch(() => undefined)));
  return held(leases);
}
