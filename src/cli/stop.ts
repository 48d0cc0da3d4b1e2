import { Command } from "commander";
import { named, parseWhole } from "./flags/parse.js";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";

export interface StopFlags {
  time?: number;
}

export function addStopFlags(command: Command): Command {
  return command
    .argument("<box...>", "names or ids")
    .option(
      "-t, --time <seconds>",
      "how long to wait before the box is killed (its --stop-timeout, else 10); -1: for ever",
      named("-t", parseWhole(-1, 2_147_483)),
    );
}

export function command(exit: (code: number) => void): Command {
  return addStopFlags(new Command("stop"))
    .addHelpText("after", "\nExamples:\n  box stop web\n  box stop -t 30 db")
    .action(async (names: string[], flags: StopFlags) => {
      exit(await forEachBox(names, (box) => engine().boxes.stop(box, { timeoutSecs: flags.time })));
    });
}
