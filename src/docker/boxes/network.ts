import { attachmentsOf } from "../../vm/network/find.js";
import type { Box } from "../../engine/boxes.js";

/**
 * The name of a box's network as Docker's formats show it. Docker's default network is `bridge`, so that is the name of
 * box's default too.
 */
export function networkName(network: string): string {
  return network === "tsi" ? "bridge" : network.replace(/^bridge:/, "");
}

/** A box's network as Docker's `HostConfig.NetworkMode` shows it. */
export function networkMode(network: string): string {
  return network === "tsi" ? "default" : networkName(network);
}

/** The names of all networks of a box. */
export function networkNames({ record }: Pick<Box, "record">): string[] {
  const own = networkName(record.config.network);
  return [...new Set([own, ...attachmentsOf(record).map(({ network }) => network)])];
}
