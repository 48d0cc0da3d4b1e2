import { Command } from "commander";
import type { RemoveOptions } from "../engine/boxes/remove.js";
import { forEachMatch } from "./each.js";
import { engine } from "./engine.js";

export function command(exit: (code: number) => void): Command {
  return new Command("rm")
    .argument("<box...>", "names or ids")
    .option("-f, --force", "kill a box that runs")
    .option("-v, --volumes", "remove its anonymous volumes as well")
    .addHelpText("after", "\nExamples:\n  box rm web\n  box rm -f $(box ps -aq)")
    .action(async (names: string[], options: RemoveOptions) => {
      exit(await forEachMatch(names, (box) => engine().boxes.remove(box, options)));
    });
}
