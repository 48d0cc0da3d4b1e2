import type { Context } from "../context.js";
import { measureFolders } from "../system/measure.js";
import { removeRest } from "./stop.js";
import { storedPools, type StoredPool } from "./stored.js";

/** The removed pools. */
export interface PrunedPools {
  names: string[];
  bytes: number;
}

/** Removes pools whose keeper was killed. Their VMs have ended with it. */
export async function prunePools(context: Context, signal?: AbortSignal): Promise<PrunedPools> {
  const removed: StoredPool[] = [];
  let bytes = 0;
  for (const pool of await storedPools(context.home)) {
    if (pool.running) continue;
    const size = await measureFolders([pool.folder], signal);
    signal?.throwIfAborted();
    await removeRest(context, pool.name);
    removed.push(pool);
    bytes += size;
  }
  return { names: removed.map(({ name }) => name), bytes };
}
