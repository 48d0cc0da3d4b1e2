import type { PortBinding } from "../config/syntax/port.js";

/** A published port as the user-mode network sees it: IPv4, with unique port numbers. */
export interface LoopbackAlias {
  protocol: PortBinding["protocol"];
  address: string;
  port: number;
  guestPort: number;
}

/**
 * Returns loopback addresses that QEMU's user-mode network and passt are given instead of the host addresses of published
 * ports, because neither supports all of those (QEMU: no IPv6; passt: no port twice). The address encodes the port's
 * position in the list, from which libboxnet.so takes the real address to listen on (docs/vmm-helper.md).
 */
export function loopbackAliases(ports: PortBinding[]): LoopbackAlias[] {
  const used = { tcp: new Set<number>(), udp: new Set<number>() };
  const wanted = { tcp: new Set<number>(), udp: new Set<number>() };
  for (const { protocol, hostPort } of ports) wanted[protocol].add(hostPort);
  return ports.map(({ protocol, hostPort, guestPort }, index) => {
    let port = hostPort;
    if (used[protocol].has(port)) {
      port = 1;
      while (used[protocol].has(port) || wanted[protocol].has(port)) port++;
    }
    used[protocol].add(port);
    return { protocol, address: `127.127.${index >> 8}.${index & 255}`, port, guestPort };
  });
}
