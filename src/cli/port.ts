import { Command } from "commander";
import { portLines } from "../docker/boxes/ports.js";
import { engine } from "./engine.js";
import { printLine } from "./output/print.js";

export function command(): Command {
  return new Command("port")
    .argument("<box>", "name or id of a running box")
    .argument("[port]", "port of the box, such as 80 or 53/udp")
    .addHelpText("after", "\nExamples:\n  box port web\n  box port web 80")
    .action(async (name: string, port: string | undefined) => {
      for (const line of portLines(await engine().boxes.find(name), port)) printLine(line);
    });
}
