import { Command } from "commander";
import { removeCredential } from "../oci/registry/credentials.js";
import { printLine } from "./output/print.js";
import { parseRegistry } from "./registry-argument.js";
import { currentHome } from "./store.js";

export function command(): Command {
  return new Command("logout")
    .argument("[server]", "the registry's host; Docker Hub unless given")
    .addHelpText("after", "\nExamples:\n  box logout\n  box logout ghcr.io")
    .action(async (server: string | undefined) => {
      const domain = parseRegistry(server);
      const found = await removeCredential(currentHome(), domain);
      printLine(found ? `Removing login credentials for ${domain}` : `Not logged in to ${domain}`);
    });
}
