import { parseNetwork, parseNetworkText } from "../../config/syntax/network.js";
import { BoxError } from "../../errors.js";

/** A flag that may be given for the first network in two ways. */
type Twice = [given: boolean, flags: readonly string[], flag: string, option: string];

/**
 * The fields that the values of `--network` set. As in Docker, the first network is the one that flags such as `--ip` are
 * about, so it cannot have the same option of its own.
 * @param given flags by name
 * @throws BoxError flag-conflict
 */
export function networkFields(
  values: readonly string[],
  given: ReadonlyMap<string, unknown>,
): Record<string, unknown> {
  const [first = "", ...others] = values;
  const { network, aliases, address } = parseNetworkText(first);
  const rules: Twice[] = [
    [aliases.length > 0, ["--network-alias", "--net-alias"], "--network-alias", "per-network alias"],
    [address !== null, ["--ip"], "--ip", "per-network IPv4 address"],
  ];
  const twice = rules.find(([set, flags]) => set && flags.some((flag) => given.get(flag) !== undefined));
  if (twice)
    throw new BoxError(
      "flag-conflict",
      `conflicting options: cannot specify both ${twice[2]} and ${twice[3]}`,
    );
  if (others.length > 0 && parseNetwork(network).name === undefined)
    throw new BoxError(
      "flag-conflict",
      "conflicting options: cannot attach both user-defined and non-user-defined network-modes",
    );
  return {
    network,
    ...(aliases.length > 0 ? { "record.networkAlias": aliases } : {}),
    ...(address === null ? {} : { "record.ip": address }),
    ...(others.length > 0 ? { "record.networks": others } : {}),
  };
}
