import { Command } from "commander";
import { parseSignal } from "../config/syntax/signal.js";
import { naming } from "../errors.js";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";

export function command(exit: (code: number) => void): Command {
  return new Command("kill")
    .argument("<box...>", "names or ids")
    .option("-s, --signal <signal>", "signal to send (KILL)", (text: string) =>
      naming("-s", () => parseSignal(text)),
    )
    .addHelpText("after", "\nExamples:\n  box kill web\n  box kill -s HUP web")
    .action(async (names: string[], { signal }: { signal?: number }) => {
      exit(await forEachBox(names, (box) => engine().boxes.kill(box, signal)));
    });
}
