import type { PortBinding } from "../config/syntax/port.js";
import { ipv6Interface, RESOLVER, userNetwork } from "./guest-network.js";
import { loopbackAliases } from "./loopback-alias.js";

const PASST = "passt";

/**
 * Returns passt's command line, to which the helper adds the socket. Sets everything that passt would otherwise take from
 * the host interface with the default route, so that it works the same without one.
 */
export function passtArguments(ports: PortBinding[], ipv6Host = ipv6Interface()): string[] {
  const { address, gateway, ipv6 } = userNetwork(ipv6Host !== undefined);
  const [ip = "", prefix = ""] = address.split("/");
  const [ip6 = ""] = ipv6?.address.split("/") ?? [];
  return [
    PASST,
    ...["--foreground", "--quiet", "--stderr"],
    ...["--interface", ipv6Host ?? "lo", "--mac-addr", "52:55:0a:00:02:02"],
    ...["--address", ip, "--netmask", prefix, "--gateway", gateway],
    ...(ipv6 ? ["--address", ip6, "--gateway", ipv6.gateway] : ["--ipv4-only"]),
    ...["--no-dhcp", "--no-dhcpv6", "--no-ra", "--dns-forward", RESOLVER],
    ...loopbackAliases(ports).flatMap(({ protocol, address: alias, port, guestPort }) => [
      protocol === "udp" ? "--udp-ports" : "--tcp-ports",
      `${alias}/${port}:${guestPort}`,
    ]),
  ];
}
