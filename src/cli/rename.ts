import { Command } from "commander";
import { engine } from "./engine.js";

export function command(): Command {
  return new Command("rename")
    .argument("<box>", "name or id")
    .argument("<name>", "its new name")
    .addHelpText("after", "\nExamples:\n  box rename quiet_otter_4f2a web")
    .action((box: string, name: string) => engine().boxes.rename(box, name));
}
