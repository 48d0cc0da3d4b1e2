import { Command } from "commander";
import { connectTo } from "../vm/box/connect.js";
import { findBox } from "../vm/box/find.js";
import { runTask } from "../vm/box/task.js";
import { parseProcesses } from "../vm/box/usage.js";
import { chooseColumns, psRows } from "../docker/boxes/top.js";
import { printLine } from "./output/print.js";
import { widthOf } from "./output/width.js";
import { currentHome } from "./store.js";

const EXAMPLES = `
The ids of processes are those that the box itself sees. Of ps(1)'s options it takes -ef, aux and -o COLUMN,…; the box
needs no ps of its own.

Examples:
  box top web
  box top web aux
  box top web -o pid,rss,args`;

export function command(): Command {
  return new Command("top")
    .usage("BOX [PS OPTIONS]")
    .argument("<box>", "name or id of a running box")
    .argument("[options...]", "of ps(1)")
    .passThroughOptions()
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, words: string[]) => {
      const columns = chooseColumns(words);
      const box = await findBox(currentHome(), name);
      const processes = parseProcesses(
        await runTask(await connectTo(currentHome(), box), { kind: "processes" }),
      );
      const memoryKb = box.record.config.resources.memoryMb * 1024;
      for (const line of psRows(columns, processes, { memoryKb, now: new Date() }, widthOf(process.stdout)))
        printLine(line);
    });
}
