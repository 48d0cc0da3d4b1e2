import { join } from "node:path";
import { parseNetwork } from "../config/syntax/network.js";
import { subnetOf, switchSocket } from "../net/named-network.js";
import type { BoxRecord } from "./box/record.js";

/**
 * Options of `box-vmm launch` for a named network, and the names by which others on it know the box.
 * @param runtime folder of this user's alone, for sockets
 */
export function joinArguments({ id, name, config, guest }: BoxRecord, runtime: string): string[] {
  const { name: network } = parseNetwork(config.network);
  if (network === undefined) return [];
  return [
    ...["--network", join(runtime, switchSocket(network)), "--subnet", subnetOf(network)],
    ...[name, guest.hostname, id.slice(0, 12)].flatMap((known) => ["--network-name", known]),
  ];
}
