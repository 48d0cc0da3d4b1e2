import { isIPv4 } from "node:net";
import { BoxError } from "../errors.js";
import type { Network } from "../config/syntax/network.js";
import { parsePort, type PortBinding } from "../config/syntax/port.js";

/** Each port costs the VMM, or the network process, one or two descriptors. */
const MOST = 4096;

const conflict = (reason: string, hint?: string) =>
  new BoxError("port-conflict", reason, { subject: "portMap", hint });

/** Whether listening on one address includes the other one. */
function overlap(address: string, other: string): boolean {
  return address === other || address === "" || address === "::" || (address === "0.0.0.0" && isIPv4(other));
}

/** @throws BoxError port-conflict if a host port is published twice */
function checkHostPorts(ports: PortBinding[]): void {
  const seen = new Map<string, string[]>();
  for (const { address, hostPort, hostLast, protocol } of ports) {
    const key = `${hostPort}/${protocol}`;
    const addresses = seen.get(key) ?? [];
    const other = addresses.find((one) => overlap(one, address) || overlap(address, one));
    if (hostPort !== 0 && hostLast === undefined && other !== undefined) {
      const show = (text: string) => (["", "::"].includes(text) ? "all addresses" : text);
      const where = other === address ? "" : `: on ${show(other)} and on ${show(address)}`;
      throw conflict(`host port ${hostPort} is published twice${where}`);
    }
    seen.set(key, [...addresses, address]);
  }
}

/** Datagrams from a guest port leave from its host port, so each UDP port of the guest can have only one host port. */
function checkGuestPorts(ports: PortBinding[]): void {
  const seen = new Set<number>();
  for (const { guestPort, protocol } of ports) {
    if (protocol !== "udp") continue;
    if (seen.has(guestPort)) {
      throw conflict(
        `UDP port ${guestPort} of the box is published twice`,
        "a UDP port of a box can have only one host port",
      );
    }
    seen.add(guestPort);
  }
}

/**
 * Checks the ports requested with `-p`, as far as possible without the image and the driver.
 * @throws BoxError port-conflict
 */
export function requestedPorts(ports: PortBinding[], publishAll: boolean, network: Network): PortBinding[] {
  if (network.mode === "none" && (ports.length > 0 || publishAll)) {
    const option = ports.length > 0 ? "portMap" : "publishAll";
    throw new BoxError(
      "port-conflict",
      `\`${option}\` cannot be used with \`network\` none: a box without a network has no ports`,
    );
  }
  if (ports.length > MOST) throw conflict(`cannot publish ${ports.length} ports: the maximum is ${MOST}`);
  checkHostPorts(ports);
  checkGuestPorts(ports);
  return ports;
}

/**
 * Parses the ports that an image exposes, and skips those that are invalid: images may contain anything.
 * @param exposed the image's ExposedPorts: `80/tcp`, `53/udp`, `80`, `8000-8010/tcp`
 */
export function parseImagePorts(exposed: string[]): PortBinding[] {
  return exposed.flatMap((text) => {
    try {
      return parsePort(text);
    } catch {
      return [];
    }
  });
}

/**
 * For `-P`: returns a binding with a free host port for each port that the image exposes and `-p` has not published.
 * @param exposed as for `parseImagePorts`
 */
export function exposedPorts(exposed: string[], published: PortBinding[]): PortBinding[] {
  const taken = new Set(published.map(({ guestPort, protocol }) => `${guestPort}/${protocol}`));
  return parseImagePorts(exposed).filter(({ guestPort, protocol }) => !taken.has(`${guestPort}/${protocol}`));
}

/**
 * Checks that the driver supports the ports in this network mode.
 * @throws BoxError not-available
 */
export function checkAvailable(driver: "krun" | "qemu", network: Network, ports: PortBinding[]): void {
  const unavailable = (reason: string) =>
    new BoxError("not-available", reason, {
      subject: "portMap",
      hint: "use `network` bridge instead",
    });
  // libkrun's TSI does not support UDP servers, and has only one host socket for each server in the guest.
  if (driver !== "krun" || network.mode !== "tsi") return;
  const seen = new Set<number>();
  for (const { protocol, guestPort } of ports) {
    if (protocol === "udp") {
      throw unavailable(`UDP port ${guestPort} cannot be published with \`network\` tsi on krun`);
    }
    if (seen.has(guestPort)) {
      throw unavailable(`port ${guestPort} cannot be published twice with \`network\` tsi on krun`);
    }
    seen.add(guestPort);
  }
}
