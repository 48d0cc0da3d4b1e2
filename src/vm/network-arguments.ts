import type { Membership, NamesOn } from "../net/membership.js";

const nameArguments = (names: readonly string[]) => names.flatMap((name) => ["--network-name", name]);

/** Returns the options of `box-vmm` for a network that a box enters. Separate, because monitors need nothing else. */
export function networkArguments(membership: Membership): string[] {
  const { network, key, subnet, gateway, address, names, links = [] } = membership;
  return [
    ...["--network", key, "--label", network, "--subnet", subnet, "--gateway", gateway],
    ...(address === undefined ? [] : ["--address", address]),
    ...nameArguments(names),
    ...links.flatMap(({ alias, target }) => ["--network-link", `${alias}=${target}`]),
  ];
}

/** Returns the options of `box-vmm change` for a network on which a box gets other names. */
export function renameArguments({ network, key, names }: NamesOn): string[] {
  return ["--rename", key, "--label", network, ...nameArguments(names)];
}
