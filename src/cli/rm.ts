import { Command } from "commander";
import type { RemoveOptions } from "../engine/boxes/remove.js";
import { forEachMatch } from "./each.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";

export function command(exit: (code: number) => void): Command {
  return explain(new Command("rm"), {
    examples: [["box rm web"], ["box rm -f $(box ps -aq)", "remove all boxes"]],
  })
    .argument("<box...>", "names or IDs of boxes")
    .option("-f, --force", "force the removal of a running box (uses SIGKILL)")
    .option("-v, --volumes", "remove anonymous volumes associated with the box")
    .action(async (names: string[], options: RemoveOptions) => {
      const tolerated = options.force ? "no-such-box" : undefined;
      exit(await forEachMatch(names, (box) => engine().boxes.remove(box, options), { tolerated }));
    });
}
