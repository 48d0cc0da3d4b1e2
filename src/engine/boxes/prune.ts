import { recordPrune } from "../../events/record.js";
import { awaitVisit } from "../../vm/box/connect.js";
import { listBoxes } from "../../vm/box/find.js";
import { removeBox } from "../../vm/box/remove.js";
import { labelsFit, untilFilter, type Filters } from "../../docker/filters.js";
import { measureBox } from "../system/usage.js";
import type { Home } from "../../host/home.js";

/** Removes boxes that have ended. @returns their ids, and the bytes that they took */
export async function removeEnded(home: Home, filters: Filters): Promise<{ ids: string[]; bytes: number }> {
  const until = await untilFilter(filters);
  const doomed = (await listBoxes(home)).filter(
    ({ record, state }) =>
      state.status === "exited" &&
      (until === undefined || Date.parse(record.createdAt) < until) &&
      labelsFit(record.options.labels, filters),
  );
  let bytes = 0;
  for (const box of doomed) {
    await awaitVisit(home, box);
    bytes += measureBox(home, box);
    await removeBox(home, box.folder, box.record.name);
  }
  recordPrune(home, "container", bytes);
  return { ids: doomed.map(({ record }) => record.id), bytes };
}
