import type { Context } from "../context.js";
import { measureFolder } from "../system/measure.js";
import { removeRest } from "./stop.js";
import { storedPools } from "./stored.js";

/** The removed pools. */
export interface PrunedPools {
  names: string[];
  bytes: number;
}

/** Removes pools whose keeper was killed. Their VMs have ended with it. */
export async function prunePools(context: Context, signal?: AbortSignal): Promise<PrunedPools> {
  const pruned: PrunedPools = { names: [], bytes: 0 };
  for (const { name, folder, running } of await storedPools(context.home)) {
    if (running) continue;
    const bytes = await measureFolder(folder, signal);
    signal?.throwIfAborted();
    await removeRest(context, name);
    pruned.names.push(name);
    pruned.bytes += bytes;
  }
  return pruned;
}
