import type { Command } from "commander";
import { sweepUncached } from "../../engine/images/after-pull.js";
import { engine } from "../engine.js";
import { collect } from "../flags/parse.js";
import { parseFilters, pruneFilter } from "../../docker/filters.js";
import { describePruned } from "../../docker/images/deletions.js";
import { PRUNE_FILTERS } from "../image/prune.js";
import { printLine, reportError } from "../output/print.js";
import { formatSize } from "../../docker/units.js";
import { pruneVolumes } from "../../engine/volumes/prune.js";
import { currentHome } from "../store.js";

function printList(heading: string, names: string[]): void {
  if (names.length === 0) return;
  printLine(heading);
  for (const name of names) printLine(name);
  printLine("");
}

interface PruneFlags {
  all?: boolean;
  filter?: string[];
  volumes?: boolean;
}

async function prune(flags: PruneFlags): Promise<number> {
  const filters = await pruneFilter(parseFilters(flags.filter ?? [], PRUNE_FILTERS));
  const boxes = await engine().boxes.prune(filters);
  printList("Deleted Boxes:", boxes.ids);
  const volumes = flags.volumes
    ? await pruneVolumes(currentHome(), false, filters)
    : { names: [], bytes: 0, failures: [] };
  printList("Deleted Volumes:", volumes.names);
  await sweepUncached(currentHome());
  const images = await engine().images.prune({ ...filters, all: flags.all });
  for (const line of describePruned(images.deletions)) printLine(line);
  printLine(`Total reclaimed space: ${formatSize(boxes.bytes + volumes.bytes + images.bytes)}`);
  for (const failure of volumes.failures) reportError(failure, false);
  return volumes.failures.length === 0 ? 0 : 1;
}

export function addPrune(command: Command, exit: (code: number) => void): Command {
  return command
    .option("-a, --all", "images with a name as well, unless a box was made of them")
    .option("--volumes", "volumes that nobody named and no box has")
    .option("-f, --force", "for scripts written for Docker: box never asks")
    .option("--filter <NAME=VALUE>", "until, label or label!", collect)
    .action(async (flags: PruneFlags) => exit(await prune(flags)));
}
