import { HOST_GATEWAY, type ExtraHost } from "../../../config/syntax/add-host.js";

/** The first lines of Docker's /etc/hosts. */
const LOCAL = [
  "127.0.0.1\tlocalhost",
  "::1\tlocalhost ip6-localhost ip6-loopback",
  "fe00::\tip6-localnet",
  "ff00::\tip6-mcastprefix",
  "ff02::1\tip6-allnodes",
  "ff02::2\tip6-allrouters",
];

/**
 * Returns the content of /etc/hosts, in Docker's order. As in Docker, the box's own name has the address of its interface:
 * a server that binds to it is reachable through published ports.
 * @param gateway returns the address at which the box reaches this host, for `host-gateway`
 * @param address of the box's own name
 */
export function hostsFile(
  hostname: string,
  addHost: ExtraHost[],
  gateway: () => string,
  address: string,
): string {
  const [short = hostname] = hostname.split(".");
  const names = short === hostname ? hostname : `${hostname} ${short}`;
  const extra = addHost.map((host) => {
    return `${host.address === HOST_GATEWAY ? gateway() : host.address}\t${host.name}`;
  });
  return [...LOCAL, ...extra, `${address}\t${names}`, ""].join("\n");
}
