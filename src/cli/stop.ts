import { Command } from "commander";
import { stopBox } from "../vm/box/stop.js";
import { parseWhole } from "./flags/parse.js";
import { forEachBox } from "./each.js";

/** The longest time that a timer takes (24 days) stands for ever. */
function milliseconds(seconds: number): number {
  return seconds < 0 ? 2 ** 31 - 1 : seconds * 1000;
}

export function command(exit: (code: number) => void): Command {
  return new Command("stop")
    .argument("<box...>", "names or ids")
    .option(
      "-t, --time <seconds>",
      "how long to wait before the box is killed (its --stop-timeout, else 10); -1: for ever",
      parseWhole("-t", -1, 2_147_483),
    )
    .addHelpText("after", "\nExamples:\n  box stop web\n  box stop -t 30 db")
    .action(async (names: string[], { time }: { time?: number }) => {
      exit(
        await forEachBox(names, (box) =>
          stopBox(box, {
            signal: box.record.stopSignal,
            timeoutMs: milliseconds(time ?? box.record.options.stopTimeoutSecs ?? 10),
          }),
        ),
      );
    });
}
