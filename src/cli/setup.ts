import { Command } from "commander";
import { BoxError } from "../errors.js";
import { cure, type CureFlags } from "./cure.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";

interface SetupFlags extends CureFlags {
  dryRun?: boolean;
}

async function setup({ dryRun, ...flags }: SetupFlags): Promise<void> {
  const { system } = engine();
  const diagnosis = await system.diagnoseParts();
  const { describeInstallation, stepsOf } = await system.cures();
  const text = describeInstallation(diagnosis);
  const missing = diagnosis.checks.filter(({ status }) => status !== "ok");
  if (dryRun) {
    if (text !== undefined) printLine(text);
    return;
  }
  if (missing.length === 0) {
    printLine("Nothing is missing: this system has everything that boxes need.");
    return;
  }
  for (const { name, found } of missing) printLine(`${name}: ${found}`);
  const steps = stepsOf(diagnosis);
  if (steps.length === 0) {
    throw new BoxError(
      "cure-failed",
      "packages can be installed only on Debian, Ubuntu and their derivatives",
      {
        hint: text === undefined ? "run `box doctor` for details" : `on this system: ${text}`,
      },
    );
  }
  const failures = await cure(diagnosis, steps, flags);
  if (failures === undefined) return;
  if (failures.length > 0) throw failures[0];
  const left = (await system.diagnoseParts()).checks.find(({ status }) => status !== "ok");
  if (left)
    throw new BoxError("cure-failed", `${left.name}: ${left.found}`, {
      hint: "run `box doctor` for details",
    });
  printLine("This system has everything that boxes need.");
}

export function command(): Command {
  return explain(new Command("setup"), {
    examples: [["box setup"], ["box setup --dry-run"], ["box setup --yes"]],
  })
    .option("--dry-run", "print the command that would be run, without changing anything")
    .option("-y, --yes", "do not prompt for confirmation")
    .action(setup);
}
