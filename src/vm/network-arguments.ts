import type { Membership } from "../net/membership.js";

/** Returns the options of `box-vmm` for a network that a box enters. Separate, because monitors need nothing else. */
export function networkArguments(membership: Membership): string[] {
  const { network, key, subnet, gateway, address, names, links = [] } = membership;
  return [
    ...["--network", key, "--label", network, "--subnet", subnet, "--gateway", gateway],
    ...(address === undefined ? [] : ["--address", address]),
    ...names.flatMap((name) => ["--network-name", name]),
    ...links.flatMap(({ alias, target }) => ["--network-link", `${alias}=${target}`]),
  ];
}
