import { Command } from "commander";
import { checkName } from "../vm/box/create.js";
import { findBox } from "../vm/box/find.js";
import { renameBox } from "../vm/box/rename.js";
import { currentHome } from "./store.js";

export function command(): Command {
  return new Command("rename")
    .argument("<box>", "name or id")
    .argument("<name>", "its new name")
    .addHelpText("after", "\nExamples:\n  box rename quiet_otter_4f2a web")
    .action(async (word: string, name: string) => {
      checkName(name);
      await renameBox(currentHome(), await findBox(currentHome(), word), name);
    });
}
