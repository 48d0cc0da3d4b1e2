import { createHash } from "node:crypto";
import { networkInterfaces } from "node:os";
import { boxRuntime } from "../config/paths.js";

/** First two numbers of the addresses on named networks; the third is a network's. */
const RANGE = [10, 89] as const;

const hashOf = (name: string) => createHash("sha256").update(name).digest();

/**
 * The abstract socket of a network's switch. The same name is another network with another runtime folder. The hash alone
 * tells networks apart: such an address has at most 107 bytes, and the end of a long name is left out.
 */
export function switchAddress(name: string): string {
  const hash = hashOf(`${boxRuntime()}\0${name}`).toString("hex").slice(0, 24);
  return `box-network/${hash}/${name.slice(0, 64)}`;
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
