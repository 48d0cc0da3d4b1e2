import { recordPrune } from "../../events/record.js";
import { listBoxes } from "../../vm/box/find.js";
import { removeVolume } from "../../vm/volume/folders.js";
import { listVolumes, sweepVolumes } from "../../vm/volume/store.js";
import type { Context } from "../context.js";
import { ALL, type PruneFilter, type PruneOptions } from "../prune-filter.js";
import { measureFolder } from "../system/measure.js";

export interface PrunedVolumes {
  names: string[];
  /** Bytes of disk space reclaimed. */
  bytes: number;
  /** Errors for the volumes that could not be removed. */
  failures: unknown[];
}

/** Removes volumes that no box uses: anonymous ones, and with `all` named ones too. */
export async function prune(
  { home }: Context,
  { all = false, fits }: Pick<PruneFilter, "fits"> & { all?: boolean | undefined } = ALL,
  { signal }: PruneOptions = {},
): Promise<PrunedVolumes> {
  const failures = await sweepVolumes(home);
  const used = new Set(
    (await listBoxes(home)).flatMap(({ record }) => record.namedVolumes.map(({ name }) => name)),
  );
  const unused = (await listVolumes(home)).filter(
    ({ name, anonymous, labels }) => (all || anonymous) && !used.has(name) && fits(labels),
  );
  let bytes = 0;
  const names: string[] = [];
  for (const { name, data } of unused) {
    signal?.throwIfAborted();
    const size = await measureFolder(data, signal);
    try {
      await removeVolume(home, name);
      bytes += size;
      names.push(name);
    } catch (error) {
      failures.push(error);
    }
  }
  recordPrune(home, "volume", bytes);
  return { names, bytes, failures };
}
