import { Command } from "commander";
import { forEachName } from "./each.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";

export function command(exit: (code: number) => void): Command {
  return explain(new Command("wait"), { examples: [["box wait job"]] })
    .argument("<box...>", "names or IDs of boxes")
    .action(async (names: string[]) => {
      exit(await forEachName(names, async (name) => printLine(String(await engine().boxes.wait(name)))));
    });
}
