import { Command } from "commander";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";

export function command(): Command {
  return explain(new Command("rename"), { examples: [["box rename quiet_otter_4f2a web"]] })
    .argument("<box>", "name or ID of a box")
    .argument("<name>", "new name")
    .action((box: string, name: string) => engine().boxes.rename(box, name));
}
