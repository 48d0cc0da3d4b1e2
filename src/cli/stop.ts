import { Command } from "commander";
import { stopBox } from "../vm/box/stop.js";
import { parseWhole } from "./flags/parse.js";
import { forEachBox } from "./each.js";

export function command(exit: (code: number) => void): Command {
  return new Command("stop")
    .argument("<box...>", "names or ids")
    .option(
      "-t, --time <seconds>",
      "how long to wait before the box is killed (10)",
      parseWhole("-t", 0, 86_400),
    )
    .addHelpText("after", "\nExamples:\n  box stop web\n  box stop -t 30 db")
    .action(async (names: string[], { time = 10 }: { time?: number }) => {
      exit(
        await forEachBox(names, (box) =>
          stopBox(box, { signal: box.record.stopSignal, timeoutMs: time * 1000 }),
        ),
      );
    });
}
