import type { Command } from "commander";
import { recordPrune } from "../../events/record.js";
import { familiarReference } from "../../oci/reference.js";
import { madeAt } from "../../oci/list.js";
import type { StoredImage } from "../../oci/store/inventory.js";
import { removeFromStore, type Removed } from "../../oci/store/remove.js";
import { usedByBoxes } from "../../engine/images/after-pull.js";
import { collect } from "../flags/parse.js";
import { printLine } from "../output/print.js";
import { formatSize } from "../../docker/units.js";
import { labelsFit, parseFilters, untilFilter } from "../../docker/filters.js";
import { currentHome, currentStore } from "../store.js";

export interface PruneFlags {
  all?: boolean;
  filter?: string[];
}

export const PRUNE_FILTERS = ["until", "label", "label!"];

/**
 * Removes images that no reference stands for, or with `all` those that no box needs, and what failed pulls have left.
 * @throws BoxError invalid-filter
 */
export async function pruneImages({ all = false, filter = [] }: PruneFlags): Promise<Removed> {
  const filters = parseFilters(filter, PRUNE_FILTERS);
  const until = await untilFilter(filters);
  const removed = await removeFromStore(
    currentStore(),
    () => usedByBoxes(currentHome()),
    ({ images, isUsed }) => {
      const candidates = images.filter((image) => {
        const { record, tags } = image;
        return (
          !isUsed(image) &&
          (all || tags.length === 0) &&
          (until === undefined || madeAt(record?.created) < until) &&
          labelsFit(record?.config.Labels ?? {}, filters)
        );
      });
      const doomed = withoutParts(candidates);
      return { images: doomed, tags: [...new Set(doomed.flatMap(({ tags }) => tags))], strayLayers: true };
    },
  );
  recordPrune(currentHome(), "image", removed.bytes);
  return removed;
}

/** A name goes with all that it stands for, or not at all: without the images that one shares with what stays. */
function withoutParts(images: StoredImage[]): StoredImage[] {
  const digests = new Set(images.map(({ digest }) => digest));
  const whole = images.filter(({ tags }) => tags.every((tag) => tag.images.every((one) => digests.has(one))));
  return whole.length === images.length ? whole : withoutParts(whole);
}

/** What `docker image prune` says of what has gone. */
export function printRemoved({ tags, images }: Removed): void {
  if (tags.length + images.length === 0) return;
  printLine("Deleted Images:");
  for (const { parsed } of tags) printLine(`untagged: ${familiarReference(parsed)}`);
  for (const { digest, record } of images) printLine(`deleted: ${record?.id ?? digest}`);
  printLine("");
}

export function addPrune(command: Command): Command {
  return command
    .option("-a, --all", "those with a name as well, unless a box was made of them")
    .option("-f, --force", "for scripts written for Docker: box never asks")
    .option("--filter <NAME=VALUE>", "until, label or label!", collect)
    .addHelpText("after", "\nExamples:\n  box image prune\n  box image prune -a --filter until=240h")
    .action(async (flags: PruneFlags) => {
      const removed = await pruneImages(flags);
      printRemoved(removed);
      printLine(`Total reclaimed space: ${formatSize(removed.bytes)}`);
    });
}
