import { Command } from "commander";
import { describeChange } from "../docker/boxes/diff.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { printLine } from "./output/print.js";

export function command(): Command {
  return new Command("diff")
    .argument("<box>", "name or id")
    .addHelpText("after", "\nA: added, C: changed, D: deleted.\n\nExamples:\n  box diff web")
    .action(async (name: string) => {
      for (const change of await engine().boxes.diff(name, { signal: untilEnded() }))
        printLine(describeChange(change));
    });
}
