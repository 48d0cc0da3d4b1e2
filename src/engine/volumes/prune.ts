import { recordPrune } from "../../events/record.js";
import { listBoxes } from "../../vm/box/find.js";
import { removeVolume } from "../../vm/volume/folders.js";
import { listVolumes, sweepVolumes } from "../../vm/volume/store.js";
import { ALL, type PruneFilter } from "../prune-filter.js";
import { measureFolder } from "../system/usage.js";
import type { Home } from "../../host/home.js";

/**
 * Removes volumes that no box has: those that nobody named, or with `all` the others, too.
 * @returns their names, the bytes that they took, and why others cannot be removed
 */
export async function pruneVolumes(
  home: Home,
  all: boolean,
  { fits }: Pick<PruneFilter, "fits"> = ALL,
): Promise<{ names: string[]; bytes: number; failures: unknown[] }> {
  const failures = await sweepVolumes(home);
  const used = new Set(
    (await listBoxes(home)).flatMap(({ record }) => record.namedVolumes.map(({ name }) => name)),
  );
  const doomed = (await listVolumes(home)).filter(
    ({ name, anonymous, labels }) => (all || anonymous) && !used.has(name) && fits(labels),
  );
  let bytes = 0;
  const names: string[] = [];
  for (const { name, data } of doomed) {
    const size = measureFolder(data);
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
