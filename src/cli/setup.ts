import { dirname } from "node:path";
import { Command } from "commander";
import { agreed, type AgreeFlags } from "./agree.js";
import { engine } from "./engine.js";
import { withFlags } from "./flags/option-names.js";
import { explain } from "./help/notes.js";
import { printLine, printNotice, printWarning } from "./output/print.js";

interface SetupFlags extends AgreeFlags {
  docker?: boolean;
  dryRun?: boolean;
}

async function linkDocker(dryRun: boolean): Promise<void> {
  const { path, target, existed, inPath } = await engine().system.linkDocker({ dryRun });
  if (existed) printLine(`${path} is already a link to box.`);
  else printLine(dryRun ? `ln -s ${target} ${path}` : `Created ${path}, a link to box.`);
  if (!inPath) printWarning(`${dirname(path)} is not in your PATH`);
}

async function installPackages({ dryRun = false, ...flags }: SetupFlags): Promise<void> {
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
    if (process.stderr.isTTY && (await engine().system.findDocker()) === undefined)
      printNotice("To run scripts written for Docker, make box available as `docker`: `box setup --docker`.");
  }
}

export function command(): Command {
  return explain(new Command("setup"), {
    text: [
      "Installs the packages that boxes need. With `--docker`, creates the command `docker` instead.",
      "Without KVM, also starts to save a booted VM in the background, so that the first box starts quickly.",
    ],
    examples: [["box setup"], ["box setup --dry-run"], ["box setup --yes"], ["box setup --docker"]],
  })
    .option("--docker", "create a link `docker` to box, for scripts written for Docker")
    .option("--dry-run", "print the command that would be run, without changing anything")
    .option("-y, --yes", "do not prompt for confirmation")
    .action((flags: SetupFlags) =>
      flags.docker === true ? linkDocker(flags.dryRun === true) : installPackages(flags),
    );
}
