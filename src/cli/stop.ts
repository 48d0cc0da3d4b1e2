import { Command, Option } from "commander";
import { parseSignal } from "../config/syntax/signal.js";
import type { StopOptions } from "../engine/boxes.js";
import { named, parseWhole } from "./flags/parse.js";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";

export interface StopFlags {
  signal?: number;
  timeout?: number;
  /** The former name of `--timeout`. */
  time?: number;
}

export function addStopFlags(command: Command): Command {
  const parseSeconds = (flag: string) => named(flag, parseWhole(-1, 2_147_483));
  return command
    .argument("<box...>", "names or IDs of boxes")
    .option(
      "-s, --signal <signal>",
      "signal to send to the box (default: its --stop-signal)",
      named("-s", parseSignal),
    )
    .option(
      "-t, --timeout <seconds>",
      "seconds to wait before killing the box; -1 waits forever (default: its --stop-timeout, or 10)",
      parseSeconds("-t"),
    )
    .addOption(new Option("--time <seconds>").argParser(parseSeconds("--time")).hideHelp());
}

export function stopOptions({ signal, timeout, time }: StopFlags): StopOptions {
  // In Docker's words, and where it writes them.
  if (time !== undefined) printLine("Flag --time has been deprecated, use --timeout instead");
  return { stopSignal: signal, timeoutSecs: timeout ?? time };
}

export function command(exit: (code: number) => void): Command {
  const stop = explain(new Command("stop"), {
    examples: [["box stop web"], ["box stop -t 30 db"], ["box stop -s INT job"]],
  });
  return addStopFlags(stop).action(async (names: string[], flags: StopFlags) => {
    const options = stopOptions(flags);
    exit(await forEachBox(names, (box) => engine().boxes.stop(box, options)));
  });
}
