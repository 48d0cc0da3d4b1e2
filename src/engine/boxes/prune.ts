import { recordPrune } from "../../events/record.js";
import { awaitVisit } from "../../vm/box/connect.js";
import { surveyBoxes } from "../../vm/box/find.js";
import { removeBox } from "../../vm/box/remove.js";
import type { PruneFilter } from "../prune-filter.js";
import { measureBox } from "../system/usage.js";
import type { Home } from "../../host/home.js";

/** Removes boxes that have ended. @returns their ids, and the bytes that they took */
export async function removeEnded(
  home: Home,
  { until, fits }: PruneFilter,
): Promise<{ ids: string[]; bytes: number }> {
  const { boxes } = await surveyBoxes(home);
  const doomed = boxes.filter(
    ({ record, state }) =>
      state.status === "exited" &&
      (until === undefined || Date.parse(record.createdAt) < until) &&
      fits(record.options.labels),
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
