import { Command } from "commander";
import { connectTo } from "../vm/box/connect.js";
import type { Box } from "../vm/box/find.js";
import { runTask } from "../vm/box/task.js";
import { forEachBox } from "./each.js";
import { currentHome } from "./store.js";

const EXAMPLES = `
Its programs stand still and use no CPU time until \`box unpause\`; their memory, files and connections stay. Clocks go on.

Examples:
  box pause web
  box unpause web`;

export function command(exit: (code: number) => void): Command {
  return new Command("pause")
    .argument("<box...>", "names or ids")
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[]) => {
      const act = async (box: Box) => {
        await runTask(await connectTo(currentHome(), box), { kind: "freeze" });
      };
      exit(await forEachBox(names, act));
    });
}
