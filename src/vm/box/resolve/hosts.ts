import { HOST_GATEWAY, type ExtraHost } from "../../../config/syntax/add-host.js";

/**
 * Returns the content of /etc/hosts.
 * @param gateway returns the address at which the box reaches this host, for `host-gateway`
 */
export function hostsFile(hostname: string, addHost: ExtraHost[], gateway: () => string): string {
  const [short = hostname] = hostname.split(".");
  const names = short === hostname ? hostname : `${hostname} ${short}`;
  const extra = addHost.map(({ name, address }) => {
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
