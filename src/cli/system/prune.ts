import type { Command } from "commander";
import { parseFilters, pruneFilter } from "../../docker/filters.js";
import { describePruned } from "../../docker/images/deletions.js";
import { formatTotal } from "../../docker/units.js";
import { untilEnded } from "../ending.js";
import { engine } from "../engine.js";
import { collect } from "../flags/parse.js";
import { PRUNE_FILTERS } from "../image/prune.js";
import { printLine, reportError } from "../output/print.js";
import { printRemoved } from "../output/removed.js";

interface PruneFlags {
  all?: boolean;
  filter?: string[];
  volumes?: boolean;
}

async function prune({ filter = [], all, volumes }: PruneFlags): Promise<number> {
  const filters = await pruneFilter(parseFilters(filter, PRUNE_FILTERS));
  const failures: unknown[] = [];
  let total = 0;
  for await (const part of engine().system.prune({ ...filters, all, volumes }, { signal: untilEnded() })) {
    total += part.bytes;
    if (part.kind === "boxes") printRemoved("Deleted Containers:", part.ids);
    else if (part.kind === "images") describePruned(part.deletions).forEach(printLine);
    else {
      printRemoved("Deleted Volumes:", part.names);
      failures.push(...part.failures);
    }
  }
  printLine(`Total reclaimed space: ${formatTotal(total)}`);
  for (const failure of failures) reportError(failure, false);
  return failures.length === 0 ? 0 : 1;
}

export function addPrune(command: Command, exit: (code: number) => void): Command {
  return command
    .option("-a, --all", "remove all unused images, not just dangling ones")
    .option("--volumes", "prune anonymous volumes")
    .option("-f, --force", "do not prompt for confirmation (box never prompts)")
    .option("--filter <name=value>", "only prune by a condition: until, label or label!", collect)
    .action(async (flags: PruneFlags) => exit(await prune(flags)));
}
