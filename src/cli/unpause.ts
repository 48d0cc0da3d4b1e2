import { Command } from "commander";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";

export function command(exit: (code: number) => void): Command {
  return explain(new Command("unpause"), { examples: [["box unpause web"]] })
    .argument("<box...>", "names or IDs of boxes")
    .action(async (names: string[]) => {
      exit(await forEachBox(names, (box) => engine().boxes.unpause(box)));
    });
}
