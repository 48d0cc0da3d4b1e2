import { Command } from "commander";
import { awaitEnd } from "../vm/box/stop.js";
import { findBox } from "../vm/box/find.js";
import { forEachName } from "./each.js";
import { printLine } from "./output/print.js";
import { currentHome } from "./store.js";

export function command(exit: (code: number) => void): Command {
  return new Command("wait")
    .argument("<box...>", "names or ids")
    .addHelpText("after", "\nPrints the exit code of each when it has ended.\n\nExamples:\n  box wait job")
    .action(async (names: string[]) => {
      exit(
        await forEachName(names, async (name) => {
          const box = await findBox(currentHome(), name);
          const code = await awaitEnd(currentHome(), box);
          // One that was killed with its monitor is put on record by whoever looks next.
          const { state } =
            code === undefined ? await findBox(currentHome(), box.record.id).catch(() => box) : box;
          printLine(String(code ?? state.exitCode ?? 0));
        }),
      );
    });
}
