import { addressOf, NO_ADDRESS, type GuestNetwork } from "./guest-network.js";

/** Address of the agent's name server, the same as Docker's. It resolves the boxes of the network and forwards the rest. */
export const NAME_SERVER = "127.0.0.11";

/** A named network, as the agent sets it up: an interface without a gateway. */
export interface GuestPeers {
  interface: string;
  /** With prefix length, such as `10.89.7.2/24`. */
  address: string;
  /** The network's own server, then those that the box would have otherwise. */
  nameServers: string[];
}

/** Maximum that the agent accepts (docs/protocol.md). */
const MOST_SERVERS = 8;

interface Files {
  hosts: string;
  resolvConf: string;
  network: GuestNetwork | null;
}

/** Replaces the address of the box's own name, the last one with that address: those before it are the user's. */
function withOwnAddress({ hosts, network }: Files, address: string): string {
  const previous = addressOf(network);
  const lines = hosts.split("\n");
  // A box created by an older version has NO_ADDRESS.
  const own = lines.findLastIndex((line) => [previous, NO_ADDRESS].includes(line.split("\t")[0] ?? ""));
  return lines.map((line, at) => (at === own ? line.replace(/^\S+/, address) : line)).join("\n");
}

/**
 * Adapts a guest's configuration to a named network. The box's own name resolves to its address there, so that servers
 * that announce their own address announce one that others can reach. Names without a dot are looked up as they are
 * before search domains are tried, which might contain the same name.
 * @param address address with prefix length; the network's name server has the first one of the subnet
 */
export function onNamedNetwork<Guest extends Files>(
  guest: Guest,
  address: string,
): Guest & { peers: GuestPeers } {
  const [own = ""] = address.split("/");
  const lines = guest.resolvConf.split("\n");
  const isServer = (line: string) => line.startsWith("nameserver ");
  const servers = lines.filter(isServer).map((line) => line.slice("nameserver ".length).trim());
  const kept = lines.filter((line) => !isServer(line) && line !== "");
  const hasDots = kept.some((line) => /^options .*\bndots:/.test(line));
  return {
    ...guest,
    hosts: withOwnAddress(guest, own),
    resolvConf: [...kept, ...(hasDots ? [] : ["options ndots:0"]), `nameserver ${NAME_SERVER}`, ""].join(
      "\n",
    ),
    peers: {
      interface: "eth1",
      address,
      nameServers: [own.replace(/\d+$/, "1"), ...servers].slice(0, MOST_SERVERS),
    },
  };
}
