import { recordPrune } from "../../events/record.js";
import { listBoxes } from "../../vm/box/find.js";
import { removeVolume } from "../../vm/volume/folders.js";
import { listVolumes, sweepVolumes } from "../../vm/volume/store.js";
import { ALL, type PruneFilter } from "../prune-filter.js";
import { measureFolder } from "../system/usage.js";
import type { Home } from "../../host/home.js";

/**
 * Removes volumes that no box has: those that nobody named, or with `all` the others, too.
 * @returns their names, and the bytes that they took
 */
export async function pruneVolumes(
  home: Home,
  all: boolean,
  { fits }: Pick<PruneFilter, "fits"> = ALL,
): Promise<{ names: string[]; bytes: number }> {
  await sweepVolumes(home);
  const used = new Set(
    (await listBoxes(home)).flatMap(({ record }) => record.namedVolumes.map(({ name }) => name)),
  );
  const doomed = (await listVolumes(home)).filter(
    ({ name, anonymous, labels }) => (all || anonymous) && !used.has(name) && fits(labels),
  );
  let bytes = 0;
  for (const { name, data } of doomed) {
    bytes += measureFolder(data);
    await removeVolume(home, name);
  }
  recordPrune(home, "volume", bytes);
  return { names: doomed.map(({ name }) => name), bytes };
}
