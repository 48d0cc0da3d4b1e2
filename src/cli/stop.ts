import { Command } from "commander";
import { named, parseWhole } from "./flags/parse.js";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";

export interface StopFlags {
  time?: number;
}

export function addStopFlags(command: Command): Command {
  return command
    .argument("<box...>", "names or IDs of boxes")
    .option(
      "-t, --time <seconds>",
      "seconds to wait before killing the box; -1 waits forever (default: its --stop-timeout, or 10)",
      named("-t", parseWhole(-1, 2_147_483)),
    );
}

export function command(exit: (code: number) => void): Command {
  const stop = explain(new Command("stop"), { examples: [["box stop web"], ["box stop -t 30 db"]] });
  return addStopFlags(stop).action(async (names: string[], flags: StopFlags) => {
    exit(await forEachBox(names, (box) => engine().boxes.stop(box, { timeoutSecs: flags.time })));
  });
}
