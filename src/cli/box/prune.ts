import { awaitVisit } from "../../vm/box/connect.js";
import { listBoxes } from "../../vm/box/find.js";
import { removeBox } from "../../vm/box/remove.js";
import { labelsFit, untilFilter, type Filters } from "../filters.js";

/** Removes boxes that have ended. @returns their ids */
export async function removeEnded(filters: Filters): Promise<string[]> {
  const until = await untilFilter(filters);
  const doomed = (await listBoxes()).filter(
    ({ record, state }) =>
      state.status === "exited" &&
      (until === undefined || Date.parse(record.createdAt) < until) &&
      labelsFit(record.options.labels, filters),
  );
  for (const box of doomed) {
    const { folder, record } = box;
    await awaitVisit(box);
    await removeBox(folder, record.name);
  }
  return doomed.map(({ record }) => record.id);
}
