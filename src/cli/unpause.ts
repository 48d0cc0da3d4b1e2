import { Command } from "commander";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";

export function command(exit: (code: number) => void): Command {
  return new Command("unpause")
    .argument("<box...>", "names or ids")
    .addHelpText("after", "\nExamples:\n  box unpause web")
    .action(async (names: string[]) => {
      exit(await forEachBox(names, (box) => engine().boxes.unpause(box)));
    });
}
