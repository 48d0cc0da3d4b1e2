import { BlockList, isIPv6 } from "node:net";

/** The addresses that native/vmm/closed.c closes to boxes, as far as they can be those of a resolver. */
const closed = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
] as const)
  closed.addSubnet(network, prefix, "ipv4");
for (const address of ["100.100.100.200", "192.0.0.192", "168.63.129.16"]) closed.addAddress(address, "ipv4");
for (const address of ["::", "::1", "fd00:ec2::254"]) closed.addAddress(address, "ipv6");
closed.addSubnet("fe80::", 10, "ipv6");

/** Whether a box cannot reach an address by itself; a mapped IPv4 address is the IPv4 one, a scope is left out. */
export function isClosed(address: string): boolean {
  const [bare = ""] = address.split("%");
  return closed.check(bare, isIPv6(bare) ? "ipv6" : "ipv4");
}
