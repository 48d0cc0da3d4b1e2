import { createHash } from "node:crypto";
import { networkInterfaces } from "node:os";

/** First two bytes of addresses on named networks; the third one is specific to a network. */
const RANGE = [10, 89] as const;

const hashOf = (name: string) => createHash("sha256").update(name).digest();

/**
 * Name of the switch's socket in the runtime directory; each runtime directory has its own networks. Every version of the
 * protocol has a socket of its own, because the switch of an older version of box may still be running.
 */
export const SWITCH_SOCKET = "networks-2.switch";

/** Identifies a network that need not have been created. */
export function networkKey(name: string): string {
  return hashOf(name).toString("hex");
}

/** An IPv4 network of one of this host's interfaces. */
export interface HostNetwork {
  address: string;
  netmask: string;
}

function hostNetworks(): HostNetwork[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => family === "IPv4");
}

const toNumber = (address: string) =>
  address.split(".").reduce((value, part) => value * 256 + Number(part), 0);

function overlaps(third: number, { address, netmask }: HostNetwork): boolean {
  const mask = (toNumber(netmask) & 0xffffff00) >>> 0;
  const subnet = toNumber([...RANGE, third, 0].join("."));
  return (subnet & mask) >>> 0 === (toNumber(address) & mask) >>> 0;
}

/**
 * Returns the first three bytes of a network's addresses. They depend on its name, but avoid the host's networks, which
 * boxes could not reach otherwise.
 */
export function subnetOf(name: string, taken = hostNetworks()): string {
  const [first = 0] = hashOf(name);
  const thirds = Array.from({ length: 256 }, (_, step) => (first + step) % 256);
  const third = thirds.find((candidate) => !taken.some((network) => overlaps(candidate, network))) ?? first;
  return [...RANGE, third].join(".");
}
