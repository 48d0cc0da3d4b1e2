import type { PortBinding } from "../config/syntax/port.js";

/** A published port as a user-mode network sees it: IPv4, and no two with the same number. */
export interface LoopbackAlias {
  protocol: PortBinding["protocol"];
  address: string;
  port: number;
  guestPort: number;
}

/**
 * QEMU's user-mode network and passt get loopback addresses in place of the host's side of published ports, because neither takes every
 * address (QEMU: no IPv6; passt: no port twice). libboxnet.so knows a port by its place in the list, which the address
 * holds, and listens on the true address (docs/vmm-helper.md).
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
