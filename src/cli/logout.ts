import { Command } from "commander";
import { engine } from "./engine.js";
import { explain } from "./help/notes.js";
import { printLine } from "./output/print.js";

/** Docker Hub in Docker's configuration. */
const HUB = "https://index.docker.io/v1/";

export function command(): Command {
  return explain(new Command("logout"), { examples: [["box logout"], ["box logout ghcr.io"]] })
    .argument("[server]", "host of the registry (default: Docker Hub)")
    .action(async (server: string | undefined) => {
      const { system } = engine();
      const registry = await system.registry(server);
      await system.logout(registry);
      // As in Docker, whether or not there are any.
      printLine(`Removing login credentials for ${registry === "docker.io" ? HUB : registry}`);
    });
}
