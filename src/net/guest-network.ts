import { networkInterfaces } from "node:os";
import { BoxError } from "../errors.js";
import type { NetworkMode } from "../config/syntax/network.js";

/** The guest's addresses for the host's loopback and resolver, in every mode: the defaults of QEMU's user-mode network. */
export const GATEWAY = "10.0.2.2";
export const RESOLVER = "10.0.2.3";

const IPV6_PREFIX = "fd10:2::";

/** Network that the agent sets up in the guest. TSI needs none. */
export interface GuestNetwork {
  interface: string;
  /** Address with prefix length, such as `10.0.2.15/24`. */
  address: string;
  gateway: string;
  /** The same for IPv6, if the host has it. */
  ipv6?: { address: string; gateway: string } | undefined;
}

/** Address of a box's own name if the box has no interface with an address, as on Debian. */
export const NO_ADDRESS = "127.0.1.1";

/** An address without its prefix length. */
export function withoutPrefix(address: string): string {
  return address.replace(/\/.*/, "");
}

/** Returns the address, without prefix length, to which a box's own name resolves. */
export function addressOf(network: Pick<GuestNetwork, "address"> | null): string {
  return network ? withoutPrefix(network.address) : NO_ADDRESS;
}

/** Returns the guest's configuration for the user-mode network of QEMU or box's network process. */
export function userNetwork(ipv6 = ipv6Interface() !== undefined): GuestNetwork {
  return {
    interface: "eth0",
    address: "10.0.2.15/24",
    gateway: GATEWAY,
    ...(ipv6 ? { ipv6: { address: `${IPV6_PREFIX}15/64`, gateway: `${IPV6_PREFIX}2` } } : {}),
  };
}

/** Returns the interface through which this host has IPv6: one with another address besides the link-local one. */
export function ipv6Interface(): string | undefined {
  const found = Object.entries(networkInterfaces()).find(([, addresses = []]) => {
    const ipv6 = addresses.filter(({ family, internal }) => family === "IPv6" && !internal);
    const isLinkLocal = (address: string) => address.startsWith("fe80:");
    return (
      ipv6.some(({ address }) => isLinkLocal(address)) && ipv6.some(({ address }) => !isLinkLocal(address))
    );
  });
  return found?.[0];
}

/**
 * Returns the address at which a box reaches its host, for `--add-host NAME:host-gateway`. Access must be allowed
 * separately (`VmSpec.allowHost`). The same for both drivers, so that /etc/hosts does not depend on the driver.
 * @throws BoxError flag-conflict for a box without a network
 */
export function hostGateway(mode: NetworkMode): string {
  if (mode !== "none") return GATEWAY;
  throw new BoxError("flag-conflict", "host-gateway cannot be used with `network` none", {
    subject: "record.addHost",
    hint: "a box without a network cannot reach the host",
  });
}
