/** A box's membership in a named network, resolved when the box starts. */
export interface Membership {
  /** The network's name, as users know it. */
  network: string;
  /**
   * Identifies the network on the switch: the record's ID, or something derived from the name of a network without a
   * record. 1 to 64 characters of [0-9a-f].
   */
  key: string;
  /** CIDR, such as `10.89.7.0/24`. */
  subnet: string;
  /** The network's own address, where its name server answers. */
  gateway: string;
  /** Requested IPv4 address; undefined: the switch assigns one. */
  address?: string | undefined;
  /** The box's names there, at most 1,400 bytes in all. */
  names: string[];
  /** Names that resolve for this box only, to the boxes that are called `target` on the network. */
  links?: { alias: string; target: string }[] | undefined;
}

/** The names of a running box on a network, which replace those that it had. */
export type NamesOn = Pick<Membership, "network" | "key" | "names">;

/** A box's addresses on one of its networks while it runs. */
export interface NetworkPlace {
  /** With prefix length, such as `10.89.7.2/24`. */
  address: string;
  gateway: string;
  /** The address of the interface, which all named networks share. */
  mac: string;
}

/**
 * Reads what `box-vmm launch` tells the monitor about the box's networks: MAC, then address and gateway on each.
 * @param networks their names, in the order of the command line
 */
export function readPlaces(text: string, networks: readonly string[]): Record<string, NetworkPlace> {
  const [mac = "", ...addresses] = text.trim().split(" ");
  const places = networks.map((network, at): [string, NetworkPlace] => {
    const [address = "", gateway = ""] = addresses.slice(2 * at);
    return [network, { address, gateway, mac }];
  });
  return Object.fromEntries(places);
}
