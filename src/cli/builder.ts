import { Command } from "commander";
import { printLine } from "./output/print.js";

export function command(): Command {
  const builder = new Command("builder");
  builder
    .command("prune")
    .summary("Remove build cache (box keeps none)")
    .option("-a, --all", "remove all unused build cache, not just dangling ones")
    .option("-f, --force", "do not prompt for confirmation (box never prompts)")
    .option("--filter <name=value>", "accepted for scripts")
    .option("--keep-storage <size>", "accepted for scripts")
    .action(() => {
      printLine("Total reclaimed space: 0B");
    });
  return builder;
}
