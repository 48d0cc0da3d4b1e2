import { firstHost, formatSubnet, implicitSubnet, OWN_SUBNET } from "../../net/subnet.js";
import { networkKey } from "../../net/named-network.js";
import { GATEWAY } from "../../net/guest-network.js";

/** A network of box. */
export interface Network {
  /** 64 hexadecimal digits, as in Docker. */
  id: string;
  name: string;
  /**
   * `created`: with `network create`; `implicit`: exists while a box names it; `predefined`: Docker's `bridge` and `none`,
   * on which boxes do not meet.
   */
  kind: "created" | "implicit" | "predefined";
  driver: "bridge" | "null";
  createdAt: string;
  /** CIDR; empty if it has none. */
  subnet: string;
  /** The network's own address. */
  gateway: string;
  /** Whether the subnet was chosen by the user but not the gateway; Docker then shows none. */
  plainSubnet: boolean;
  internal: boolean;
  attachable: boolean;
  labels: Record<string, string>;
  options: Record<string, string>;
}

const COMMON = { plainSubnet: false, internal: false, attachable: false, labels: {}, options: {} };
/** Networks without a record have always been there. */
const EPOCH = new Date(0).toISOString();

/** Docker's predefined networks `bridge` and `none`. */
export function predefinedNetworks(): Network[] {
  const network = { ...COMMON, kind: "predefined", createdAt: EPOCH } as const;
  return [
    {
      ...network,
      id: networkKey(" bridge"),
      name: "bridge",
      driver: "bridge",
      subnet: OWN_SUBNET,
      gateway: GATEWAY,
    },
    { ...network, id: networkKey(" none"), name: "none", driver: "null", subnet: "", gateway: "" },
  ];
}

/** A network that exists because a box names it. */
export function implicitNetwork(name: string, createdAt = EPOCH): Network {
  const subnet = implicitSubnet(name);
  return {
    ...COMMON,
    kind: "implicit",
    id: networkKey(name),
    name,
    driver: "bridge",
    createdAt,
    subnet: formatSubnet(subnet),
    gateway: firstHost(subnet),
  };
}
