import { Command } from "commander";
import { engine } from "./engine.js";
import { hostReference } from "./host-path.js";

export function command(): Command {
  return new Command("tag")
    .argument("<image>", "reference or id of an image")
    .argument("<name>", "what shall stand for it as well: NAME[:TAG]")
    .addHelpText(
      "after",
      "\nExamples:\n  box tag nginx:alpine 127.0.0.1:5000/team/web:1.2\n  box tag 71065223cf30 web",
    )
    .action((image: string, name: string) => engine().images.tag(hostReference(image), name));
}
