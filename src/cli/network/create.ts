import { Option, type Command } from "commander";
import { parseLabel } from "../../config/syntax/label.js";
import { quote } from "../../config/syntax/quote.js";
import { BoxError, naming } from "../../errors.js";
import { engine } from "../engine.js";
import { collect, named } from "../flags/parse.js";
import { explain } from "../help/notes.js";
import { printLine } from "../output/print.js";

const refuse = (reason: string, hint: string) => new BoxError("invalid-network", reason, { hint });

/** `-d`: `bridge` is Docker's name for a network between the containers of a host. */
function parseDriver(text: string): string {
  if (text === "bridge") return text;
  throw refuse(`plugin ${quote(text)} not found`, "omit it: networks connect the boxes of this host");
}

/** Options of Docker's bridge that mean nothing to a box: there is no interface on the host. */
const IGNORED = new Set(["com.docker.network.bridge.name", "com.docker.network.driver.mtu"]);

function parseOption(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf("=");
  const [name, value] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  if (IGNORED.has(name)) return { ...previous, [name]: value };
  throw refuse(`-o: ${quote(text)} is not supported`, "networks have no driver options");
}

function parseIpam(text: string): string {
  if (text === "default") return text;
  throw refuse(`invalid ipam driver: ${quote(text)}`, "omit it: box assigns the addresses");
}

function parseScope(text: string): string {
  if (text === "local") return text;
  throw refuse(`${quote(text)} is not supported`, "networks connect the boxes of this host");
}

function unsupported(flags: string, hint: string): Option {
  return new Option(flags)
    .argParser(() => {
      throw refuse(`${flags.replace(/ .*/, "")} is not supported`, hint);
    })
    .hideHelp();
}

/** A switch that Docker has and box cannot provide. */
function unsupportedSwitch(name: string, hint: string): [Option, (flags: Record<string, unknown>) => void] {
  const attribute = name.slice(2).replace(/-./g, (pair) => pair.charAt(1).toUpperCase());
  const check = (flags: Record<string, unknown>) => {
    if (flags[attribute] === true) throw refuse(`${name} is not supported`, hint);
  };
  return [new Option(name).hideHelp(), check];
}

const SWITCHES = [
  unsupportedSwitch("--ipv6", "networks have IPv4 addresses only"),
  unsupportedSwitch("--ingress", "box has no swarm"),
  unsupportedSwitch("--config-only", "create the network itself"),
];

interface CreateFlags extends Record<string, unknown> {
  attachable?: boolean;
  gateway?: string;
  internal?: boolean;
  label?: string[];
  opt?: Record<string, string>;
  subnet?: string[];
}

async function create(name: string, flags: CreateFlags): Promise<void> {
  const { attachable, gateway, internal, label = [], opt, subnet = [] } = flags;
  for (const [, check] of SWITCHES) check(flags);
  const labels = Object.fromEntries(naming("--label", () => label.map(parseLabel)));
  const [first, ...others] = subnet;
  if (others.length > 0) throw refuse("a network has one subnet", "use --subnet once");
  const { id } = await engine().networks.create(name, {
    ...{ subnet: first, gateway, labels, options: opt, internal, attachable },
  });
  printLine(id);
}

export function addCreate(command: Command): Command {
  explain(command, {
    examples: [
      ["box network create shop"],
      ["box network create --subnet 10.77.0.0/24 --gateway 10.77.0.254 shop"],
      ["box network create --internal backstage", "boxes on it reach each other only"],
    ],
  })
    .summary("Create a network")
    .argument("<network>", "name of the network")
    .option("-d, --driver <driver>", "driver of the network: bridge", named("-d", parseDriver))
    .option("--subnet <subnet>", "subnet in CIDR format (default: a free one)", collect)
    .option("--gateway <address>", "address of the network itself (default: the first of the subnet)")
    .option("--internal", "restrict external access to the network")
    .option("--label <name=value>", "set metadata on a network", collect)
    .addOption(new Option("-o, --opt <name=value>").argParser(parseOption).hideHelp())
    .addOption(new Option("--attachable").hideHelp())
    .addOption(new Option("--ipv4").hideHelp())
    .addOption(new Option("--ipam-driver <driver>").argParser(parseIpam).hideHelp())
    .addOption(new Option("--scope <scope>").argParser(parseScope).hideHelp())
    .addOption(
      unsupported("--ip-range <range>", "boxes get any free address of the subnet: choose one with --ip"),
    )
    .addOption(unsupported("--aux-address <name=address>", "choose the addresses of boxes with --ip"))
    .addOption(unsupported("--ipam-opt <name=value>", "box assigns the addresses"))
    .addOption(unsupported("--config-from <network>", "create the network itself"));
  for (const [option] of SWITCHES) command.addOption(option);
  return command.action(create);
}
