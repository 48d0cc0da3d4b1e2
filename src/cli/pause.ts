import { Command } from "commander";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";

const EXAMPLES = `
Its programs stand still and use no CPU time until \`box unpause\`; their memory, files and connections stay. Clocks go on.

Examples:
  box pause web
  box unpause web`;

export function command(exit: (code: number) => void): Command {
  return new Command("pause")
    .argument("<box...>", "names or ids")
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[]) => {
      exit(await forEachBox(names, (box) => engine().boxes.pause(box)));
    });
}
