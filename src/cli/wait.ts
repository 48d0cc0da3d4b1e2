import { Command } from "commander";
import { forEachName } from "./each.js";
import { engine } from "./engine.js";
import { printLine } from "./output/print.js";

export function command(exit: (code: number) => void): Command {
  return new Command("wait")
    .argument("<box...>", "names or ids")
    .addHelpText("after", "\nPrints the exit code of each when it has ended.\n\nExamples:\n  box wait job")
    .action(async (names: string[]) => {
      exit(await forEachName(names, async (name) => printLine(String(await engine().boxes.wait(name)))));
    });
}
