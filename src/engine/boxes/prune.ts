import { recordPrune } from "../../events/record.js";
import { waitForOfflineSession } from "../../vm/box/connect.js";
import { describeUnreadable, isAboutToRun, surveyBoxes, type Box } from "../../vm/box/find.js";
import { labelsOf } from "../../vm/box/labels.js";
import { removeBox } from "../../vm/box/remove.js";
import type { Context } from "../context.js";
import { ALL, type PruneFilter, type PruneOptions } from "../prune-filter.js";
import { measureBox } from "../system/usage.js";

/** IDs of the removed boxes, and the disk space reclaimed in bytes. */
export interface Pruned {
  ids: string[];
  bytes: number;
}

/** Whether a box has exited, or was created and no command is about to start it. */
async function isStopped(box: Box): Promise<boolean> {
  const { status } = box.state;
  return status === "exited" || (status === "created" && !(await isAboutToRun(box)));
}

/** Removes boxes that are not running. Warns about unreadable boxes, and keeps them. */
export async function prune(
  { home, warn }: Context,
  { until, fits }: PruneFilter = ALL,
  { signal }: PruneOptions = {},
): Promise<Pruned> {
  const { boxes, unreadable } = await surveyBoxes(home);
  for (const box of unreadable) warn(describeUnreadable(box));
  const stopped = await Promise.all(boxes.map(isStopped));
  const unused = boxes.filter(
    ({ record }, i) =>
      stopped[i] === true &&
      (until === undefined || Date.parse(record.createdAt) < until) &&
      fits(labelsOf(record)),
  );
  let bytes = 0;
  for (const box of unused) {
    signal?.throwIfAborted();
    await waitForOfflineSession(home, box, signal);
    bytes += await measureBox(home, box, signal);
    await removeBox(home, box.folder, box.record.name);
  }
  recordPrune(home, "container", bytes);
  return { ids: unused.map(({ record }) => record.id), bytes };
}
