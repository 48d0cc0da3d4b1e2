import { naming } from "../../errors.js";
import {
  formatNetworkText,
  parseAddress,
  parseAlias,
  parseNetwork,
  parseNetworkText,
  type NetworkText,
} from "../syntax/network.js";
import { NO_NETWORK, toNetworks, type NetworkTexts } from "./networks.js";

/** The texts that a change leaves behind. */
export interface ChangedNetworks {
  network: string;
  options: NetworkTexts["options"];
}

const nameIn = ({ network }: Pick<NetworkText, "network">) => parseNetwork(network).name;

/** A box's own connection, if it is a mode, and the networks that it names. */
function split({ config, options }: NetworkTexts): { mode: string | undefined; named: NetworkText[] } {
  const { network } = config;
  const further = options.networks.map(parseNetworkText);
  if (parseNetwork(network).name === undefined) return { mode: network, named: further };
  return {
    mode: undefined,
    named: [{ network, aliases: options.networkAlias, address: options.ip }, ...further],
  };
}

function join(mode: string | undefined, named: readonly NetworkText[], link: string[]): ChangedNetworks {
  const [first, ...others] = named;
  if (first === undefined) return { network: mode ?? NO_NETWORK.config.network, options: NO_NETWORK.options };
  if (mode !== undefined)
    return {
      network: mode,
      options: { networks: named.map(formatNetworkText), networkAlias: [], ip: null, link: [] },
    };
  const { network, aliases, address } = first;
  return {
    network,
    options: { networks: others.map(formatNetworkText), networkAlias: [...aliases], ip: address, link },
  };
}

/**
 * Adds a network to a box's, or changes its place on one.
 * @throws BoxError invalid-network, flag-conflict
 */
export function withNetwork(
  texts: NetworkTexts,
  added: NetworkText,
  links: readonly string[],
): ChangedNetworks {
  const { mode, named } = split(texts);
  const name = nameIn(added);
  const { aliases, address } = added;
  naming("aliases", () => aliases.forEach(parseAlias));
  naming("record.ip", () => (address === null ? null : parseAddress(address)));
  const others = named.filter((one) => nameIn(one) !== name);
  // A box that has been disconnected from everything has no network.
  const changed = join(
    mode === "none" ? undefined : mode,
    [...others, added],
    [...texts.options.link, ...links],
  );
  toNetworks({ config: changed, options: changed.options });
  return changed;
}

/**
 * Takes a network off a box's; `bridge` is the box's own connection, unless that is the first network.
 * @returns undefined if the box is not on the network
 */
export function withoutNetwork(texts: NetworkTexts, name: string): ChangedNetworks | undefined {
  const { mode, named } = split(texts);
  if (name === "bridge" && mode !== undefined && mode !== "none") return join(undefined, named, []);
  const others = named.filter((one) => nameIn(one) !== name);
  if (others.length === named.length) return undefined;
  return join(mode, others, texts.options.link);
}
