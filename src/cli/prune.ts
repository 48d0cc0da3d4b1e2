import { Command } from "commander";
import { parseFilters, pruneFilter } from "../docker/filters.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { collect } from "./flags/parse.js";
import { PRUNE_FILTERS } from "./image/prune.js";
import { printLine } from "./output/print.js";

export function command(): Command {
  return new Command("prune")
    .option("-f, --force", "for scripts written for Docker: box never asks")
    .option("--filter <NAME=VALUE>", "until, label or label!", collect)
    .addHelpText("after", "\nExamples:\n  box prune\n  box prune --filter until=24h")
    .action(async ({ filter = [] }: { filter?: string[] }) => {
      const filters = await pruneFilter(parseFilters(filter, PRUNE_FILTERS));
      const { ids } = await engine().boxes.prune(filters, { signal: untilEnded() });
      for (const id of ids) printLine(id);
    });
}
