import { recordPrune } from "../../events/record.js";
import { madeAt } from "../../oci/list.js";
import type { StoredImage } from "../../oci/store/inventory.js";
import { removeFromStore } from "../../oci/store/remove.js";
import type { Context } from "../context.js";
import { ALL, type PruneFilter, type PruneOptions } from "../prune-filter.js";
import { usedByBoxes } from "./used-by-boxes.js";
import { deletionsOf, type Deletion } from "./deletion.js";
import { recordRemoved } from "./event.js";

/** Removes a name only together with all images of its index: leaves out images whose names cover others that stay. */
function withoutParts(images: StoredImage[]): StoredImage[] {
  const digests = new Set(images.map(({ digest }) => digest));
  const whole = images.filter(({ tags }) => tags.every((tag) => tag.images.every((one) => digests.has(one))));
  return whole.length === images.length ? whole : withoutParts(whole);
}

export interface PrunedImages {
  deletions: Deletion[];
  /** Bytes of disk space reclaimed. */
  bytes: number;
}

/** Removes untagged images, or with `all` every image that no box uses, and leftovers of failed pulls. */
export async function prune(
  context: Context,
  { all = false, until, fits }: PruneFilter & { all?: boolean | undefined } = ALL,
  { signal }: PruneOptions = {},
): Promise<PrunedImages> {
  const { home } = context;
  const { store } = await context.images();
  const removed = await removeFromStore(
    { ...store, signal },
    () => usedByBoxes(home),
    ({ images, isUsed }) => {
      const candidates = images.filter((image) => {
        const { record, tags } = image;
        return (
          !isUsed(image) &&
          (all || tags.length === 0) &&
          (until === undefined || madeAt(record?.created) < until) &&
          fits(record?.config.Labels ?? {})
        );
      });
      const unused = withoutParts(candidates);
      return { images: unused, tags: [...new Set(unused.flatMap(({ tags }) => tags))], strayLayers: true };
    },
  );
  recordRemoved(home, removed);
  recordPrune(home, "image", removed.bytes);
  return { deletions: deletionsOf(removed), bytes: removed.bytes };
}
