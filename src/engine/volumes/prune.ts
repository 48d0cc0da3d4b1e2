import { recordPrune } from "../../events/record.js";
import { listBoxes } from "../../vm/box/find.js";
import { removeVolume } from "../../vm/volume/folders.js";
import { listVolumes, sweepVolumes } from "../../vm/volume/store.js";
import { labelsFit, type Filters } from "../../docker/filters.js";
import { measureFolder } from "../system/usage.js";

/**
 * Removes volumes that no box has: those that nobody named, or with `all` the others, too.
 * @returns their names, and the bytes that they took
 */
export async function pruneVolumes(
  all: boolean,
  filters: Filters = new Map(),
): Promise<{ names: string[]; bytes: number }> {
  await sweepVolumes();
  const used = new Set(
    (await listBoxes()).flatMap(({ record }) => record.namedVolumes.map(({ name }) => name)),
  );
  const doomed = (await listVolumes()).filter(
    ({ name, anonymous, labels }) => (all || anonymous) && !used.has(name) && labelsFit(labels, filters),
  );
  let bytes = 0;
  for (const { name, data } of doomed) {
    bytes += measureFolder(data);
    await removeVolume(name);
  }
  recordPrune("volume", bytes);
  return { names: doomed.map(({ name }) => name), bytes };
}
