import { Command } from "commander";
import { forEachBox } from "./each.js";
import { untilEnded } from "./ending.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { addStopFlags, stopOptions, type StopFlags } from "./stop.js";

export function command(exit: (code: number) => void): Command {
  const restart = explain(new Command("restart"), {
    examples: [["box restart web"], ["box restart -t 30 db"]],
  });
  return addStopFlags(restart).action(async (names: string[], flags: StopFlags) => {
    const options = { ...stopOptions(flags), signal: untilEnded() };
    exit(await forEachBox(names, (box) => engine().boxes.restart(box, options)));
  });
}
