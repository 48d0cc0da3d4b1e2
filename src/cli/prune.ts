import { Command } from "commander";
import { parseFilters, pruneFilter } from "../docker/filters.js";
import { formatTotal } from "../docker/units.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { collect } from "./flags/parse.js";
import { explain } from "./help/notes.js";
import { PRUNE_FILTERS } from "./image/prune.js";
import { printLine } from "./output/print.js";
import { printRemoved } from "./output/removed.js";

export function command(): Command {
  return explain(new Command("prune"), { examples: [["box prune"], ["box prune --filter until=24h"]] })
    .option("-f, --force", "do not prompt for confirmation (box never prompts)")
    .option("--filter <name=value>", "only prune by a condition: until, label or label!", collect)
    .action(async ({ filter = [] }: { filter?: string[] }) => {
      const filters = await pruneFilter(parseFilters(filter, PRUNE_FILTERS));
      const { ids, bytes } = await engine().boxes.prune(filters, { signal: untilEnded() });
      printRemoved("Deleted Containers:", ids);
      printLine(`Total reclaimed space: ${formatTotal(bytes)}`);
    });
}
