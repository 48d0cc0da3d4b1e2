import type { Command } from "commander";
import { parseFilters, pruneFilter } from "../../docker/filters.js";
import { describePruned } from "../../docker/images/deletions.js";
import { formatTotal } from "../../docker/units.js";
import { confirm } from "../confirm.js";
import { untilEnded } from "../ending.js";
import { engine } from "../engine.js";
import { explain } from "../help/notes.js";
import { collect } from "../flags/parse.js";
import { printLine } from "../output/print.js";

interface PruneFlags {
  all?: boolean;
  force?: boolean;
  filter?: string[];
}

export const PRUNE_FILTERS = ["until", "label", "label!"];

export function addPrune(command: Command): Command {
  return explain(command, { examples: [["box image prune"], ["box image prune -af --filter until=240h"]] })
    .option("-a, --all", "remove all unused images, not just dangling ones")
    .option("-f, --force", "do not prompt for confirmation")
    .option("--filter <name=value>", "only prune by a condition: until, label or label!", collect)
    .action(async ({ all = false, force = false, filter = [] }: PruneFlags) => {
      const filters = await pruneFilter(parseFilters(filter, PRUNE_FILTERS));
      const which = all
        ? "all images without at least one container associated to them"
        : "all dangling images";
      if (!force && !(await confirm([`WARNING! This will remove ${which}.`]))) return;
      const { deletions, bytes } = await engine().images.prune({ ...filters, all }, { signal: untilEnded() });
      for (const line of describePruned(deletions)) printLine(line);
      printLine(`Total reclaimed space: ${formatTotal(bytes)}`);
    });
}
