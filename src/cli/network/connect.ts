import { Option, type Command } from "commander";
import { BoxError } from "../../errors.js";
import { engine } from "../engine.js";
import { collect } from "../flags/parse.js";
import { explain } from "../help/notes.js";

interface ConnectFlags {
  alias?: string[];
  ip?: string;
  link?: string[];
}

function unsupported(flags: string, hint: string): Option {
  return new Option(flags)
    .argParser(() => {
      throw new BoxError("invalid-network", `${flags.replace(/ .*/, "")} is not supported`, { hint });
    })
    .hideHelp();
}

async function connect(network: string, box: string, { alias, ip, link }: ConnectFlags): Promise<void> {
  await engine().networks.connect(network, await engine().boxes.find(box), {
    ...{ aliases: alias, address: ip, links: link },
  });
}

export function addConnect(command: Command): Command {
  return explain(command, {
    examples: [
      ["box network connect shop web"],
      ["box network connect --alias db --ip 10.77.0.9 shop postgres"],
    ],
  })
    .summary("Connect a box to a network")
    .argument("<network>", "name or ID of the network")
    .argument("<box>", "name or ID of the box")
    .option("--alias <name>", "add a network-scoped alias for the box", collect)
    .option("--ip <address>", "address on the network, such as 10.77.0.9 (default: any)")
    .option("--link <box[:alias]>", "add a name for another box on the network", collect)
    .addOption(unsupported("--ip6 <address>", "networks have IPv4 addresses only"))
    .addOption(unsupported("--link-local-ip <address>", "networks have one address for each box"))
    .addOption(unsupported("--driver-opt <name=value>", "networks have no driver options"))
    .addOption(unsupported("--gw-priority <number>", "a box has one connection to the outside"))
    .action(connect);
}

export function addDisconnect(command: Command): Command {
  return command
    .summary("Disconnect a box from a network")
    .argument("<network>", "name or ID of the network")
    .argument("<box>", "name or ID of the box")
    .option("-f, --force", "accepted as in Docker: boxes are always disconnected")
    .action(async (network: string, box: string) => {
      await engine().networks.disconnect(network, await engine().boxes.find(box));
    });
}
