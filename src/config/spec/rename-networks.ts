import { formatNetworkText, parseNetwork, parseNetworkText } from "../syntax/network.js";
import type { NetworkTexts } from "./networks.js";

/** Replaces the names of created networks, which may be given by ID. */
export function renameNetworks(
  { config, options }: NetworkTexts,
  nameOf: (name: string) => string,
): { network: string; networks: string[] } {
  const renamed = (network: string) => {
    const { name, implicit = false } = parseNetwork(network);
    return name === undefined || implicit ? network : nameOf(name);
  };
  return {
    network: renamed(config.network),
    networks: options.networks.map((text) => {
      const parsed = parseNetworkText(text);
      return formatNetworkText({ ...parsed, network: renamed(parsed.network) });
    }),
  };
}
