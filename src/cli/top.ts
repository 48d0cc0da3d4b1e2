import { Command } from "commander";
import { chooseColumns, psRows } from "../docker/boxes/top.js";
import { engine } from "./engine.js";
import { explain, type Notes } from "./help/notes.js";
import { printLine } from "./output/print.js";
import { tableWidth } from "./output/width.js";

const NOTES: Notes = {
  text: [
    "Process IDs are those inside the box. Supported options of ps(1) are -ef, aux and -o COLUMN,...; the box does not need a ps program.",
  ],
  examples: [["box top web"], ["box top web aux"], ["box top web -o pid,rss,args"]],
};

export function command(): Command {
  return explain(new Command("top"), NOTES)
    .usage("BOX [PS OPTIONS]")
    .argument("<box>", "name or ID of a running box")
    .argument("[options...]", "options of ps(1)")
    .passThroughOptions()
    .action(async (name: string, words: string[]) => {
      const columns = chooseColumns(words);
      const processes = await engine().boxes.processes(name);
      for (const line of psRows(columns, processes, new Date(), tableWidth())) printLine(line);
    });
}
