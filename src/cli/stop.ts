import { Command } from "commander";
import type { Box } from "../vm/box/find.js";
import { stopBox } from "../vm/box/stop.js";
import { parseWhole } from "./flags/parse.js";
import { forEachBox } from "./each.js";
import { LONGEST_TIMER_MS } from "../host/timer.js";
import { currentHome } from "./store.js";

export interface StopFlags {
  time?: number;
}

/** The longest time that a timer takes stands for ever. */
function milliseconds(seconds: number): number {
  return seconds < 0 ? LONGEST_TIMER_MS : seconds * 1000;
}

export function addStopFlags(command: Command): Command {
  return command
    .argument("<box...>", "names or ids")
    .option(
      "-t, --time <seconds>",
      "how long to wait before the box is killed (its --stop-timeout, else 10); -1: for ever",
      parseWhole("-t", -1, 2_147_483),
    );
}

/**
 * Stops a box with its own signal, in the time that the flags, else its record, name.
 * @param again it is going to be started then
 */
export async function stopAsAsked(box: Box, { time }: StopFlags, again?: true): Promise<void> {
  const { stopSignal, options } = box.record;
  await stopBox(currentHome(), box, {
    signal: stopSignal,
    timeoutMs: milliseconds(time ?? options.stopTimeoutSecs ?? 10),
    ...(again ? { again } : {}),
  });
}

export function command(exit: (code: number) => void): Command {
  return addStopFlags(new Command("stop"))
    .addHelpText("after", "\nExamples:\n  box stop web\n  box stop -t 30 db")
    .action(async (names: string[], flags: StopFlags) => {
      exit(await forEachBox(names, (box) => stopAsAsked(box, flags)));
    });
}
