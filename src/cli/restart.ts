import { Command } from "commander";
import { recordBoxEvent } from "../vm/box/event.js";
import { findBox } from "../vm/box/find.js";
import { startBox } from "../vm/start.js";
import { awaitStart } from "./terminal.js";
import { forEachBox } from "./each.js";
import { printWarning } from "./output/print.js";
import { addStopFlags, stopAsAsked, type StopFlags } from "./stop.js";

export function command(exit: (code: number) => void): Command {
  return addStopFlags(new Command("restart"))
    .addHelpText("after", "\nExamples:\n  box restart web\n  box restart -t 30 db")
    .action(async (names: string[], flags: StopFlags) => {
      exit(
        await forEachBox(names, async (box) => {
          await stopAsAsked(box, flags);
          await awaitStart(await startBox(await findBox(box.record.id), printWarning));
          recordBoxEvent(box.record, "restart");
        }),
      );
    });
}
