import { BlockList, isIPv6 } from "node:net";

/** The networks to which native/vmm/closed.c denies boxes access; a test compares the two lists. */
export const CLOSED_NETWORKS = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "100.100.100.200/32",
  "192.0.0.192/32",
  "168.63.129.16/32",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "fe80::/10",
  "ff00::/8",
  "fd00:ec2::254/128",
  "fd00:ec2::23/128",
  "fd20:ce::254/128",
  "fd00:c1::a9fe:a9fe/128",
  "fd00:100::100:200/128",
  "fd00:a9fe:a9fe::1/128",
  "fd00:42::42/128",
] as const;

/** Prefixes of IPv6 addresses that embed an IPv4 address. */
export const IPV4_HOLDERS = ["::ffff:0.0.0.0/96", "::/96", "64:ff9b::/96", "2002::/16"] as const;

/** Returns the IPv6 network that embeds an IPv4 network. */
function holding(holder: (typeof IPV4_HOLDERS)[number], network: string): string {
  if (holder !== "2002::/16") return holder.replace(/(0\.0\.0\.0)?\/96$/, network);
  const [a = 0, b = 0, c = 0, d = 0] = network.split(".").map(Number);
  return `2002:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}::`;
}

function makeList(): BlockList {
  const list = new BlockList();
  for (const text of CLOSED_NETWORKS) {
    const [network = "", bits] = text.split("/");
    const family = isIPv6(network) ? "ipv6" : "ipv4";
    list.addSubnet(network, Number(bits), family);
    if (family === "ipv6") continue;
    for (const holder of IPV4_HOLDERS)
      list.addSubnet(holding(holder, network), Number(holder.split("/")[1]) + Number(bits), "ipv6");
  }
  return list;
}

let closed: BlockList | undefined;

/** Whether boxes are denied access to an address, in any notation. Ignores the scope. */
export function isClosed(address: string): boolean {
  const [bare = ""] = address.split("%");
  closed ??= makeList();
  return closed.check(bare, isIPv6(bare) ? "ipv6" : "ipv4");
}
