import type { BoxSpec } from "../../config/spec.js";
import type { NetworkMode } from "../../config/syntax/network.js";
import type { Home } from "../../host/home.js";
import { networkOf } from "./find.js";

/**
 * Returns how a box reaches the outside. If all its networks are internal, it does not.
 * @throws BoxError no-such-network, and those of networks that cannot be read
 */
export async function outsideMode(
  home: Home,
  { network, networks, hasOwnConnection }: Pick<BoxSpec, "network" | "networks" | "hasOwnConnection">,
): Promise<NetworkMode> {
  if (hasOwnConnection || networks.length === 0) return network.mode;
  const found = await Promise.all(networks.map((one) => networkOf(home, one)));
  return found.every(({ internal }) => internal) ? "none" : network.mode;
}
