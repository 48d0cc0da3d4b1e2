import { Command } from "commander";
import { parseFilters, pruneFilter } from "../docker/filters.js";
import { formatTotal } from "../docker/units.js";
import { confirm } from "./confirm.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { collect } from "./flags/parse.js";
import { explain } from "./help/notes.js";
import { PRUNE_FILTERS } from "./image/prune.js";
import { printLine } from "./output/print.js";
import { printRemoved } from "./output/removed.js";

export function command(): Command {
  return explain(new Command("prune"), { examples: [["box prune"], ["box prune -f --filter until=24h"]] })
    .option("-f, --force", "do not prompt for confirmation")
    .option("--filter <name=value>", "only prune by a condition: until, label or label!", collect)
    .action(async ({ filter = [], force = false }: { filter?: string[]; force?: boolean }) => {
      const filters = await pruneFilter(parseFilters(filter, PRUNE_FILTERS));
      if (!force && !(await confirm(["WARNING! This will remove all stopped containers."]))) return;
      const { ids, bytes } = await engine().boxes.prune(filters, { signal: untilEnded() });
      printRemoved("Deleted Containers:", ids);
      printLine(`Total reclaimed space: ${formatTotal(bytes)}`);
    });
}
