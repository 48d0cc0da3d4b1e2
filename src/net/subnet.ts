import { createHash } from "node:crypto";
import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { CLOSED_NETWORKS } from "./closed.js";

/** An IPv4 subnet. */
export interface Subnet {
  /** Its first address, as a number. */
  first: number;
  prefix: number;
}

/** Subnet of every box's eth0, which no network can use. */
export const OWN_SUBNET = "10.0.2.0/24";

/** First two bytes of the addresses of networks for which nobody has chosen others; the third one is specific to a network. */
const RANGE = [10, 89] as const;
const THIRDS = 256;

export function addressNumber(address: string): number {
  return address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}

export function addressText(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

const sizeOf = ({ prefix }: Subnet) => 2 ** (32 - prefix);

/** Parses a subnet such as `10.89.7.0/24`; undefined if it is none. Bits after the prefix are dropped, as in Docker. */
export function parseSubnet(text: string): Subnet | undefined {
  const [address = "", digits = "", ...more] = text.split("/");
  const prefix = /^\d{1,2}$/.test(digits) ? Number(digits) : NaN;
  if (more.length > 0 || !isIPv4(address) || !(prefix <= 32)) return undefined;
  const size = 2 ** (32 - prefix);
  return { first: Math.floor(addressNumber(address) / size) * size, prefix };
}

export function formatSubnet({ first, prefix }: Subnet): string {
  return `${addressText(first)}/${prefix}`;
}

export function overlap(one: Subnet, other: Subnet): boolean {
  return one.first < other.first + sizeOf(other) && other.first < one.first + sizeOf(one);
}

/** Whether an address belongs to a host of a subnet, rather than to the subnet itself or to its broadcasts. */
export function isHostOf(subnet: Subnet, address: string): boolean {
  const place = addressNumber(address) - subnet.first;
  return isIPv4(address) && place > 0 && place < sizeOf(subnet) - 1;
}

/** The address that a network has in its subnet, unless another one is chosen. */
export function firstHost({ first }: Subnet): string {
  return addressText(first + 1);
}

function subnetsIn(texts: readonly string[]): Subnet[] {
  return texts.map(parseSubnet).filter((subnet) => subnet !== undefined);
}

/** Subnets that no network can have: boxes have other things there. */
export function impossibleSubnets(): Subnet[] {
  return subnetsIn([...CLOSED_NETWORKS, OWN_SUBNET]);
}

/** The subnets of this host's interfaces. */
export function hostSubnets(): Subnet[] {
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return subnetsIn(
    interfaces.flatMap(({ family, cidr }) => (family === "IPv4" && cidr !== null ? [cidr] : [])),
  );
}

/**
 * Chooses a subnet that depends on the name of a network, if possible.
 * @param taken subnets that it must not overlap
 * @returns undefined if all are taken
 */
export function chooseSubnet(name: string, taken: readonly Subnet[]): Subnet | undefined {
  const [start = 0] = createHash("sha256").update(name).digest();
  const thirds = Array.from({ length: THIRDS }, (_, step) => (start + step) % THIRDS);
  const candidates = thirds.map((third) => ({
    first: addressNumber([...RANGE, third, 0].join(".")),
    prefix: 24,
  }));
  return candidates.find((candidate) => !taken.some((other) => overlap(candidate, other)));
}

/** The subnet of a network that need not have been created: the same for all its boxes, whatever other networks exist. */
export function implicitSubnet(name: string, host = hostSubnets()): Subnet {
  return chooseSubnet(name, host) ?? chooseSubnet(name, []) ?? { first: 0, prefix: 24 };
}
