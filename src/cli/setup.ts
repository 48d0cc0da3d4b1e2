import { Command } from "commander";
import { agreed, type AgreeFlags } from "./agree.js";
import { engine } from "./engine.js";
import { withFlags } from "./flags/option-names.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";

interface SetupFlags extends AgreeFlags {
  dryRun?: boolean;
}

async function setup({ dryRun = false, ...flags }: SetupFlags): Promise<void> {
  const { command, complete, installed } = await engine().system.setup({
    ...agreed(flags),
    dryRun,
    onFindings: (findings) => {
      for (const { name, found } of findings) printLine(withFlags(`${name}: ${found}`));
    },
  });
  if (dryRun) {
    if (command !== undefined) printLine(command);
  } else if (complete) {
    printLine(`${installed ? "This" : "Nothing is missing: this"} system has everything that boxes need.`);
  }
}

export function command(): Command {
  return explain(new Command("setup"), {
    examples: [["box setup"], ["box setup --dry-run"], ["box setup --yes"]],
  })
    .option("--dry-run", "print the command that would be run, without changing anything")
    .option("-y, --yes", "do not prompt for confirmation")
    .action(setup);
}
