import { Command } from "commander";
import { recordBoxEvent } from "../vm/box/event.js";
import { findBox, type Box } from "../vm/box/find.js";
import { writeState } from "../vm/box/state.js";
import { startBox } from "../engine/boxes/start.js";
import { awaitStart } from "./terminal.js";
import { forEachBox } from "./each.js";
import { printWarning } from "./output/print.js";
import { addStopFlags, stopAsAsked, type StopFlags } from "./stop.js";
import { currentHome } from "./store.js";

async function restart(box: Box, flags: StopFlags): Promise<void> {
  await stopAsAsked(box, flags, true);
  const ended = await findBox(currentHome(), box.record.id);
  try {
    await awaitStart(await startBox(currentHome(), ended, printWarning));
  } catch (error) {
    // Whoever waits for it, such as `box logs -f`, need not.
    const { folder, state } = await findBox(currentHome(), box.record.id);
    if (state.startsAgain) await writeState(folder, { ...state, startsAgain: false });
    throw error;
  }
  recordBoxEvent(currentHome(), ended.record, "restart");
}

export function command(exit: (code: number) => void): Command {
  return addStopFlags(new Command("restart"))
    .addHelpText("after", "\nExamples:\n  box restart web\n  box restart -t 30 db")
    .action(async (names: string[], flags: StopFlags) => {
      exit(await forEachBox(names, (box) => restart(box, flags)));
    });
}
