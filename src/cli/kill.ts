import { Command } from "commander";
import { parseSignal } from "../config/syntax/signal.js";
import { BoxError } from "../errors.js";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";

/** As with Docker, a signal that is none costs the exit code of a box that is none. */
function parse(text: string): number {
  try {
    return parseSignal(text);
  } catch (error) {
    if (!(error instanceof BoxError)) throw error;
    const { code, reason, hint = "" } = error;
    throw new BoxError(code, reason, { subject: "-s", hint, exitCode: 1 });
  }
}

export function command(exit: (code: number) => void): Command {
  return new Command("kill")
    .argument("<box...>", "names or ids")
    .option("-s, --signal <signal>", "signal to send (KILL)", parse)
    .addHelpText("after", "\nExamples:\n  box kill web\n  box kill -s HUP web")
    .action(async (names: string[], { signal }: { signal?: number }) => {
      exit(await forEachBox(names, (box) => engine().boxes.kill(box, signal)));
    });
}
