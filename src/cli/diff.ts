import { Command } from "commander";
import { describeChange } from "../docker/boxes/diff.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";

export function command(): Command {
  return explain(new Command("diff"), {
    text: ["A: a file or directory was added, C: it was changed, D: it was deleted."],
    examples: [["box diff web"]],
  })
    .argument("<box>", "name or ID of a box")
    .action(async (name: string) => {
      for (const change of await engine().boxes.diff(name, { signal: untilEnded() }))
        printLine(describeChange(change));
    });
}
