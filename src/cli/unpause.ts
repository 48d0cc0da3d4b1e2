import { Command } from "commander";
import { connectTo } from "../vm/box/connect.js";
import type { Box } from "../vm/box/find.js";
import { runTask } from "../vm/box/task.js";
import { forEachBox } from "./each.js";
import { currentHome } from "./store.js";

export function command(exit: (code: number) => void): Command {
  return new Command("unpause")
    .argument("<box...>", "names or ids")
    .addHelpText("after", "\nExamples:\n  box unpause web")
    .action(async (names: string[]) => {
      const act = async (box: Box) => {
        await runTask(await connectTo(currentHome(), box), { kind: "thaw" });
      };
      exit(await forEachBox(names, act));
    });
}
