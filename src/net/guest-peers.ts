/** Where the agent's own name server listens, as Docker's does: it knows the boxes on the network, and asks the others. */
export const NAME_SERVER = "127.0.0.11";

/** A named network, as the agent has to set it up: an interface without a way out. */
export interface GuestPeers {
  interface: string;
  /** With prefix, `10.89.7.2/24`. */
  address: string;
  /** The network's own, then those that the box would have without it. */
  nameServers: string[];
}

/** The most that the agent takes (docs/protocol.md). */
const MOST_SERVERS = 8;

interface Files {
  hosts: string;
  resolvConf: string;
}

/**
 * What a guest is told when its box is on a named network. Its own name is its address there, so that a server that tells
 * others where it is tells them something of use. Names without a dot are looked up as they are before search domains are
 * tried, which might know anything.
 * @param address with prefix; the network's own is the first of them
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
    hosts: guest.hosts.replace(/^127\.0\.1\.1\t/m, `${own}\t`),
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
