import { createHash } from "node:crypto";
import { networkInterfaces } from "node:os";

/** First two numbers of the addresses on named networks; the third is a network's. */
const RANGE = [10, 89] as const;

const hashOf = (name: string) => createHash("sha256").update(name).digest();

/**
 * The socket of a network's switch, in the runtime folder: the same name is another network in another folder. A network's
 * name may be too long for a socket's.
 */
export function switchSocket(name: string): string {
  return `${hashOf(name).toString("hex").slice(0, 24)}.network`;
}

/** An IPv4 network of this host's interfaces. */
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
 * The addresses that a network starts with, three numbers: by its name, but for those that a network of the host's has,
 * which its boxes could not reach any more. Two networks may have the same: nothing leads from one to the other.
 */
export function subnetOf(name: string, taken = hostNetworks()): string {
  const [first = 0] = hashOf(name);
  const thirds = Array.from({ length: 256 }, (_, step) => (first + step) % 256);
  const third = thirds.find((candidate) => !taken.some((network) => overlaps(candidate, network))) ?? first;
  return [...RANGE, third].join(".");
}
