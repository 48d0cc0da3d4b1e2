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
