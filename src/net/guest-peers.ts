import { addressOf, NO_ADDRESS, withoutPrefix, type GuestNetwork } from "./guest-network.js";
import type { NetworkPlace } from "./membership.js";

/** Address of the agent's name server, the same as Docker's. It resolves the boxes of the networks and forwards the rest. */
export const NAME_SERVER = "127.0.0.11";

/** The interface of all named networks, if the box has one of its own too. */
export const PEERS_INTERFACE = "eth1";

/** The interface of all named networks, for a box that may have no other. */
export function peersInterface({ network }: Pick<Files, "network">): string {
  return network === null ? "eth0" : PEERS_INTERFACE;
}

/** Named networks, as the agent sets them up: addresses of one interface, without a default route. */
export interface GuestPeers {
  interface: string;
  /** With prefix length, such as `10.89.7.2/24`. */
  addresses: string[];
  /** The networks' own servers, which the agent asks before any other. */
  networkServers: string[];
  /** Those that the box would have otherwise. */
  nameServers: string[];
}

/** Maximum that the agent accepts (docs/protocol.md). */
const MOST_SERVERS = 8;

interface Files {
  hosts: string;
  resolvConf: string;
  network: GuestNetwork | null;
}

/**
 * Replaces the address of the box's own name, the last one with that address: those before it are the user's. With several
 * networks, there is one line for each, as in Docker.
 */
function withOwnAddresses({ hosts, network }: Files, addresses: string[]): string {
  const previous = addressOf(network);
  const lines = hosts.split("\n");
  // A box created by an older version has NO_ADDRESS.
  const own = lines.findLastIndex((line) => [previous, NO_ADDRESS].includes(line.split("\t")[0] ?? ""));
  return lines
    .flatMap((line, at) => (at === own ? addresses.map((address) => line.replace(/^\S+/, address)) : [line]))
    .join("\n");
}

/**
 * Adapts a guest's configuration to its named networks. The box's own name resolves to its addresses there, the first
 * network's first, so that servers that announce their own address announce one that others can reach. Names without a dot
 * are looked up as they are before search domains are tried, which might contain the same name.
 */
export function onNamedNetworks<Guest extends Files>(
  guest: Guest,
  places: NetworkPlace[],
): Guest & { peers: GuestPeers } {
  const lines = guest.resolvConf.split("\n");
  const isServer = (line: string) => line.startsWith("nameserver ");
  const servers = lines.filter(isServer).map((line) => line.slice("nameserver ".length).trim());
  const kept = lines.filter((line) => !isServer(line) && line !== "");
  const hasDots = kept.some((line) => /^options .*\bndots:/.test(line));
  return {
    ...guest,
    hosts: withOwnAddresses(
      guest,
      places.map(({ address }) => withoutPrefix(address)),
    ),
    resolvConf: [...kept, ...(hasDots ? [] : ["options ndots:0"]), `nameserver ${NAME_SERVER}`, ""].join(
      "\n",
    ),
    peers: {
      interface: peersInterface(guest),
      addresses: places.map(({ address }) => address),
      networkServers: places.map(({ gateway }) => gateway),
      nameServers: servers.slice(0, MOST_SERVERS),
    },
  };
}
