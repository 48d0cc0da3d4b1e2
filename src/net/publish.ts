import { isIPv4 } from "node:net";
import { BoxError } from "../errors.js";
import type { Network } from "../config/syntax/network.js";
import { parsePort, type PortBinding } from "../config/syntax/port.js";

/** libboxnet.so and its list of loopback aliases have room for these; every port costs the VMM a descriptor or two. */
const MOST = 4096;

const conflict = (reason: string, hint?: string) =>
  new BoxError("port-conflict", reason, { subject: "portMap", hint });

/** Whether who listens at the one address listens at the other, too. */
function overlap(address: string, other: string): boolean {
  return address === other || address === "" || address === "::" || (address === "0.0.0.0" && isIPv4(other));
}

/** @throws BoxError port-conflict when a host port is asked for twice */
function checkHostPorts(ports: PortBinding[]): void {
  const seen = new Map<string, string[]>();
  for (const { address, hostPort, hostLast, protocol } of ports) {
    const key = `${hostPort}/${protocol}`;
    const addresses = seen.get(key) ?? [];
    const other = addresses.find((one) => overlap(one, address) || overlap(address, one));
    if (hostPort !== 0 && hostLast === undefined && other !== undefined) {
      const show = (text: string) => (["", "::"].includes(text) ? "every address" : text);
      const where = other === address ? "" : `: at ${show(other)} and at ${show(address)}`;
      throw conflict(`host port ${hostPort} is asked for twice${where}`);
    }
    seen.set(key, [...addresses, address]);
  }
}

/** Datagrams of the guest go out by the port that they come from: one of the box's has one of the host's. */
function checkGuestPorts(ports: PortBinding[]): void {
  const seen = new Set<number>();
  for (const { guestPort, protocol } of ports) {
    if (protocol !== "udp") continue;
    if (seen.has(guestPort)) {
      throw conflict(`UDP port ${guestPort} of the box is published twice`, "one host port can have it");
    }
    seen.add(guestPort);
  }
}

/**
 * The ports that `-p` asks for, as far as they can be judged without the image and the driver.
 * @throws BoxError port-conflict
 */
export function requestedPorts(ports: PortBinding[], publishAll: boolean, network: Network): PortBinding[] {
  if (network.mode === "none" && (ports.length > 0 || publishAll)) {
    const option = ports.length > 0 ? "portMap" : "publishAll";
    throw new BoxError(
      "port-conflict",
      `\`${option}\` cannot be used with \`network\` none: nothing reaches such a box`,
    );
  }
  if (ports.length > MOST)
    throw conflict(`${ports.length} ports are more than the ${MOST} that a box can have`);
  checkHostPorts(ports);
  checkGuestPorts(ports);
  return ports;
}

/**
 * `-P`: a host port of the system's choice for every port that the image exposes and `-p` has not published.
 * @param exposed the image's ExposedPorts: `80/tcp`, `53/udp`, `80`, `8000-8010/tcp`
 */
export function exposedPorts(exposed: string[], published: PortBinding[]): PortBinding[] {
  const taken = new Set(published.map(({ guestPort, protocol }) => `${guestPort}/${protocol}`));
  return exposed
    .flatMap((text) => {
      try {
        return parsePort(text);
      } catch {
        // An image may say anything, such as `80/sctp`.
        return [];
      }
    })
    .filter(({ guestPort, protocol }) => !taken.has(`${guestPort}/${protocol}`));
}

/**
 * What the driver cannot do in this mode.
 * @throws BoxError not-available
 */
export function checkAvailable(driver: "krun" | "qemu", network: Network, ports: PortBinding[]): void {
  const unavailable = (reason: string) =>
    new BoxError("not-available", reason, {
      subject: "portMap",
      hint: "use `network` bridge, which can",
    });
  // libkrun's TSI knows no UDP servers, and has one socket of the host for a server in the guest.
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
