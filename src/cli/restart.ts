import { Command } from "commander";
import { forEachBox } from "./each.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { addStopFlags, type StopFlags } from "./stop.js";

export function command(exit: (code: number) => void): Command {
  return addStopFlags(new Command("restart"))
    .addHelpText("after", "\nExamples:\n  box restart web\n  box restart -t 30 db")
    .action(async (names: string[], { time }: StopFlags) => {
      const options = { timeoutSecs: time, signal: untilEnded() };
      exit(await forEachBox(names, (box) => engine().boxes.restart(box, options)));
    });
}
