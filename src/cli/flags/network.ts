import { isIP } from "node:net";
import { Option, type Command } from "commander";
import { BoxError, naming } from "../../errors.js";
import { formatAddHost, parseAddHost } from "../../config/syntax/add-host.js";
import { checkDnsEntry } from "../../config/syntax/dns.js";
import { parseNetwork } from "../../config/syntax/network.js";
import { parsePort } from "../../config/syntax/port.js";
import { quote } from "../../config/syntax/quote.js";
import type { ConfigInput, OptionsInput } from "./merge.js";
import { checked } from "./parse.js";

export interface NetworkFlags {
  publish?: string[];
  publishAll?: boolean;
  network?: string;
  net?: string;
  dns?: string[];
  dnsSearch?: string[];
  dnsOption?: string[];
  dnsOpt?: string[];
  addHost?: string[];
}

function checkNetwork(text: string): string {
  naming("--network", () => parseNetwork(text));
  return text;
}

function checkAddress(text: string): void {
  if (isIP(text) === 0) throw new BoxError("invalid-dns", `${quote(text)} is not an IP address`);
  checkDnsEntry(text);
}

const checkDnsOption = checked("--dns-option", (text) => checkDnsEntry(`options ${text}`));

export function addNetworkFlags(command: Command): Command {
  return command
    .optionsGroup("Network:")
    .option("-p, --publish <[ip:][host:]box>", "publish a port of the box", checked("-p", parsePort))
    .option("-P, --publish-all", "publish every port that the image exposes, at ports of box's choice")
    .option("--network <mode>", "tsi, bridge[:NAME] or none (tsi)", checkNetwork)
    .addOption(new Option("--net <mode>").argParser(checkNetwork).hideHelp())
    .option("--dns <address>", "DNS server of the box (the host's)", checked("--dns", checkAddress))
    .option(
      "--dns-search <domain>",
      "domain in which names are looked up; . for none",
      checked("--dns-search", (text) => checkDnsEntry(`search ${text}`)),
    )
    .option("--dns-option <option>", "option of resolv.conf(5)", checkDnsOption)
    .addOption(new Option("--dns-opt <option>").argParser(checkDnsOption).hideHelp())
    .option(
      "--add-host <name:address>",
      "a line of /etc/hosts; host-gateway is this host",
      checked("--add-host", parseAddHost),
    );
}

export function toNetwork(flags: NetworkFlags): Pick<ConfigInput, "portMap" | "network" | "dns"> {
  return {
    portMap: flags.publish,
    network: flags.network ?? flags.net,
    dns: [
      ...(flags.dns ?? []),
      ...(flags.dnsSearch ?? []).map((domain) => `search ${domain}`),
      ...[...(flags.dnsOption ?? []), ...(flags.dnsOpt ?? [])].map((option) => `options ${option}`),
    ],
  };
}

export function toNetworkOptions(flags: NetworkFlags): OptionsInput {
  const hosts = flags.addHost?.map((text) => formatAddHost(parseAddHost(text)));
  return { publishAll: flags.publishAll, addHost: hosts };
}
