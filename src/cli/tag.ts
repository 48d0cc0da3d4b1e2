import { Command } from "commander";
import { engine } from "./engine.js";
import { hostReference } from "./host-path.js";
import { explain } from "./help/notes.js";

export function command(): Command {
  return explain(new Command("tag"), {
    examples: [["box tag nginx:alpine 127.0.0.1:5000/team/web:1.2"], ["box tag 71065223cf30 web"]],
  })
    .argument("<image>", "reference or ID of an image")
    .argument("<name>", "new name of the image: REPOSITORY[:TAG]")
    .action((image: string, name: string) => engine().images.tag(hostReference(image), name));
}
