import type { Command } from "commander";
import { parseFilters, pruneFilter, type Filters } from "../../docker/filters.js";
import { describePruned } from "../../docker/images/deletions.js";
import { formatTotal } from "../../docker/units.js";
import { BoxError } from "../../errors.js";
import { confirm } from "../confirm.js";
import { untilEnded } from "../ending.js";
import { engine } from "../engine.js";
import { collect } from "../flags/parse.js";
import { PRUNE_FILTERS } from "../image/prune.js";
import { printLine, reportError } from "../output/print.js";
import { printRemoved } from "../output/removed.js";

interface PruneFlags {
  all?: boolean;
  filter?: string[];
  force?: boolean;
  volumes?: boolean;
}

/**
 * Docker's warning. The build cache of box is its templates of virtual machines. Pools, which Docker does not have, are
 * named if any would be removed.
 */
function warningOf(
  { all = false, volumes = false }: PruneFlags,
  filters: Filters,
  hasPools: boolean,
): string[] {
  const conditions = [...filters].flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
  return [
    "WARNING! This will remove:",
    "  - all stopped containers",
    "  - all networks not used by at least one container",
    ...(volumes ? ["  - all anonymous volumes not used by at least one container"] : []),
    all ? "  - all images without at least one container associated to them" : "  - all dangling images",
    all ? "  - all build cache" : "  - unused build cache",
    ...(hasPools && conditions.length === 0 ? ["  - all pools that are not running"] : []),
    "",
    ...(conditions.length > 0
      ? ["  Items to be pruned will be filtered with:", ...conditions.sort().map((each) => `  - ${each}`), ""]
      : []),
  ];
}

const hasEndedPools = async () => (await engine().pools.list()).some(({ status }) => status === undefined);

async function prune({ filter = [], force = false, ...flags }: PruneFlags): Promise<number> {
  const parsed = parseFilters(filter, PRUNE_FILTERS);
  const { all, volumes } = flags;
  const filters = await pruneFilter(parsed);
  if (volumes && parsed.has("until"))
    throw new BoxError("flag-conflict", 'ERROR: The "until" filter is not supported with "--volumes"');
  if (!force && !(await confirm(warningOf(flags, parsed, await hasEndedPools())))) return 0;
  const failures: unknown[] = [];
  let total = 0;
  for await (const part of engine().system.prune({ ...filters, all, volumes }, { signal: untilEnded() })) {
    total += part.bytes;
    if (part.kind === "boxes") printRemoved("Deleted Containers:", part.ids);
    else if (part.kind === "templates") printRemoved("Deleted Templates:", part.ids);
    else if (part.kind === "pools") printRemoved("Deleted Pools:", part.names);
    else if (part.kind === "networks") printRemoved("Deleted Networks:", part.names);
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
    .option("-f, --force", "do not prompt for confirmation")
    .option("--filter <name=value>", "only prune by a condition: until, label or label!", collect)
    .action(async (flags: PruneFlags) => exit(await prune(flags)));
}
