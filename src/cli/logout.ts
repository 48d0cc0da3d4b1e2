import { Command } from "commander";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";

export function command(): Command {
  return explain(new Command("logout"), { examples: [["box logout"], ["box logout ghcr.io"]] })
    .argument("[server]", "host of the registry (default: Docker Hub)")
    .action(async (server: string | undefined) => {
      const { system } = engine();
      const registry = await system.registry(server);
      const found = await system.logout(registry);
      printLine(found ? `Removing login credentials for ${registry}` : `Not logged in to ${registry}`);
    });
}
