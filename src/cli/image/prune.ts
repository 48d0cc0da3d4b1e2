import type { Command } from "commander";
import { parseFilters, pruneFilter } from "../../docker/filters.js";
import { describePruned } from "../../docker/images/deletions.js";
import { formatSize } from "../../docker/units.js";
import { untilEnded } from "../ending.js";
import { engine } from "../engine.js";
import { collect } from "../flags/parse.js";
import { printLine } from "../output/print.js";

interface PruneFlags {
  all?: boolean;
  filter?: string[];
}

export const PRUNE_FILTERS = ["until", "label", "label!"];

export function addPrune(command: Command): Command {
  return command
    .option("-a, --all", "those with a name as well, unless a box was made of them")
    .option("-f, --force", "for scripts written for Docker: box never asks")
    .option("--filter <NAME=VALUE>", "until, label or label!", collect)
    .addHelpText("after", "\nExamples:\n  box image prune\n  box image prune -a --filter until=240h")
    .action(async ({ all, filter = [] }: PruneFlags) => {
      const filters = await pruneFilter(parseFilters(filter, PRUNE_FILTERS));
      const { deletions, bytes } = await engine().images.prune({ ...filters, all }, { signal: untilEnded() });
      for (const line of describePruned(deletions)) printLine(line);
      printLine(`Total reclaimed space: ${formatSize(bytes)}`);
    });
}
