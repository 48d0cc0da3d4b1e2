import { Command } from "commander";
import { signalBox } from "../vm/box/stop.js";
import { parseSignal } from "../config/syntax/signal.js";
import { forEachBox } from "./each.js";
import { currentHome } from "./store.js";

const SIGKILL = 9;

export function command(exit: (code: number) => void): Command {
  return new Command("kill")
    .argument("<box...>", "names or ids")
    .option("-s, --signal <signal>", "signal to send (KILL)", (text: string) =>
      parseSignal(text, "-s", { exitCode: 1 }),
    )
    .addHelpText("after", "\nExamples:\n  box kill web\n  box kill -s HUP web")
    .action(async (names: string[], { signal = SIGKILL }: { signal?: number }) => {
      exit(await forEachBox(names, (box) => signalBox(currentHome(), box, signal)));
    });
}
