import { Command } from "commander";
import { chooseColumns, psRows } from "../docker/boxes/top.js";
import { engine } from "./engine.js";
import { printLine } from "./output/print.js";
import { widthOf } from "./output/width.js";

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
      const processes = await engine().boxes.processes(name);
      for (const line of psRows(columns, processes, new Date(), widthOf(process.stdout))) printLine(line);
    });
}
