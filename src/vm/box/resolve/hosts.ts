import { BoxError } from "../../../config/errors.js";
import { HOST_GATEWAY, parseAddHost } from "../../../config/syntax/add-host.js";
import type { NetworkMode } from "../../../config/syntax/network.js";

/**
 * The address at which a box reaches this host.
 * @throws BoxError not-available
 */
export function hostGateway(driver: "krun" | "qemu", network: NetworkMode): string {
  if (driver === "qemu" && network === "tsi") return "10.0.2.2";
  throw new BoxError("not-available", `--add-host: ${HOST_GATEWAY} is not available with this network yet`);
}

/**
 * Content of /etc/hosts.
 * @param gateway gives the address at which the box reaches this host, for `host-gateway`
 * @throws BoxError invalid-add-host
 */
export function hostsFile(hostname: string, addHost: string[], gateway: () => string): string {
  const [short = hostname] = hostname.split(".");
  const names = short === hostname ? hostname : `${hostname} ${short}`;
  const extra = addHost.map(parseAddHost).map(({ name, address }) => {
    return `${address === HOST_GATEWAY ? gateway() : address}\t${name}`;
  });
  return [
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    `127.0.1.1\t${names}`,
    ...extra,
    "",
  ].join("\n");
}
