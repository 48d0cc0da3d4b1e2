import { Command } from "commander";
import { forEachBox } from "./each.js";
import { engine } from "./engine.js";
import { explain, type Notes } from "./help/notes.js";

const NOTES: Notes = {
  text: [
    "The processes use no CPU time until `box unpause`; their memory, files and connections are kept. Clocks keep running.",
  ],
  examples: [["box pause web"], ["box unpause web"]],
};

export function command(exit: (code: number) => void): Command {
  return explain(new Command("pause"), NOTES)
    .argument("<box...>", "names or IDs of boxes")
    .action(async (names: string[]) => {
      exit(await forEachBox(names, (box) => engine().boxes.pause(box)));
    });
}
