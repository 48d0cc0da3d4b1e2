import { prune as pruneBoxes, type Pruned } from "../boxes/prune.js";
import type { Context } from "../context.js";
import { sweepUncached } from "../images/after-pull.js";
import { prune as pruneImages, type PrunedImages } from "../images/prune.js";
import { ALL, type PruneFilter, type PruneOptions } from "../prune-filter.js";
import { surveyBoxes } from "../../vm/box/find.js";
import { prune as pruneVolumes, type PrunedVolumes } from "../volumes/prune.js";

export interface PruneSystemOptions extends PruneFilter {
  /** Images with a name as well, unless a box was made of them. */
  all?: boolean | undefined;
  /** Also volumes that nobody named and no box has. */
  volumes?: boolean | undefined;
}

/** What has gone of one kind. */
export type PrunedPart =
  ({ kind: "boxes" } & Pruned) | ({ kind: "volumes" } & PrunedVolumes) | ({ kind: "images" } & PrunedImages);

/**
 * Removes boxes that have ended, and what nothing needs then. A box that cannot be read may need any image or volume: they
 * stay while there is one, with a warning.
 * @returns each kind when it has gone
 */
export async function* prune(
  context: Context,
  { all, volumes = false, ...filter }: PruneSystemOptions = ALL,
  options: PruneOptions = {},
): AsyncGenerator<PrunedPart, void, undefined> {
  yield { kind: "boxes", ...(await pruneBoxes(context, filter, options)) };
  const { unreadable } = await surveyBoxes(context.home);
  if (unreadable.length > 0) {
    context.warn("images and volumes stay: a box that cannot be read may need them");
    return;
  }
  if (volumes) yield { kind: "volumes", ...(await pruneVolumes(context, filter, options)) };
  await sweepUncached(context.home);
  yield { kind: "images", ...(await pruneImages(context, { ...filter, all }, options)) };
}
