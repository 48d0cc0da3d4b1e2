import { networkInterfaces } from "node:os";
import { BoxError } from "../errors.js";
import type { NetworkMode } from "../config/syntax/network.js";

/** The guest's names for the host's loopback and its resolver, in every mode; QEMU's user-mode network calls them so. */
export const GATEWAY = "10.0.2.2";
export const RESOLVER = "10.0.2.3";

const IPV6_PREFIX = "fd10:2::";

/** Network that the agent has to set up in the guest; TSI needs none. */
export interface GuestNetwork {
  interface: string;
  /** Address with prefix, `10.0.2.15/24`. */
  address: string;
  gateway: string;
  /** The same for IPv6, where the host has it. */
  ipv6?: { address: string; gateway: string } | undefined;
}

/** The guest's side of a user-mode network: QEMU's own, or passt's. */
export function userNetwork(ipv6 = ipv6Interface() !== undefined): GuestNetwork {
  return {
    interface: "eth0",
    address: "10.0.2.15/24",
    gateway: GATEWAY,
    ...(ipv6 ? { ipv6: { address: `${IPV6_PREFIX}15/64`, gateway: `${IPV6_PREFIX}2` } } : {}),
  };
}

/** The interface by which this host has IPv6: one with a link-local address, which passt wants to see, and another. */
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
 * The address under which a box reaches its host: what `--add-host NAME:host-gateway` puts into /etc/hosts. The host
 * answers there only when it was asked for (`VmSpec.allowHost`). The same for both drivers, so that an /etc/hosts does
 * not depend on them.
 * @throws BoxError flag-conflict for a box without a network
 */
export function hostGateway(mode: NetworkMode): string {
  if (mode !== "none") return GATEWAY;
  throw new BoxError("flag-conflict", "host-gateway cannot be used with `network` none", {
    subject: "record.addHost",
    hint: "such a box reaches nothing",
  });
}
