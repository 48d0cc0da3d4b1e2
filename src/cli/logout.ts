import { Command } from "commander";
import { engine } from "./engine.js";
import { printLine } from "./output/print.js";

export function command(): Command {
  return new Command("logout")
    .argument("[server]", "the registry's host; Docker Hub unless given")
    .addHelpText("after", "\nExamples:\n  box logout\n  box logout ghcr.io")
    .action(async (server: string | undefined) => {
      const { system } = engine();
      const registry = await system.registry(server);
      const found = await system.logout(registry);
      printLine(found ? `Removing login credentials for ${registry}` : `Not logged in to ${registry}`);
    });
}
