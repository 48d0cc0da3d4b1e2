import { Command } from "commander";
import { portLines } from "../docker/boxes/ports.js";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";

export function command(): Command {
  return explain(new Command("port"), { examples: [["box port web"], ["box port web 80"]] })
    .argument("<box>", "name or ID of a running box")
    .argument("[port]", "port in the box, such as 80 or 53/udp")
    .action(async (name: string, port: string | undefined) => {
      for (const line of portLines(await engine().boxes.inspect(name), port)) printLine(line);
    });
}
