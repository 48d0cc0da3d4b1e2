import { Command } from "commander";
import { parseSignal } from "../config/syntax/signal.js";
import { naming } from "../errors.js";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";

export function command(exit: (code: number) => void): Command {
  return explain(new Command("kill"), { examples: [["box kill web"], ["box kill -s HUP web"]] })
    .argument("<box...>", "names or IDs of boxes")
    .option("-s, --signal <signal>", "signal to send to the box (default: KILL)", (text: string) =>
      naming("-s", () => parseSignal(text)),
    )
    .action(async (names: string[], { signal }: { signal?: number }) => {
      exit(await forEachBox(names, (box) => engine().boxes.kill(box, signal)));
    });
}
