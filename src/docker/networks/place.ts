import { createHash } from "node:crypto";
import type { Box } from "../../engine/boxes.js";

/** Where a running box is on a network; empty while it is not running. */
export interface Place {
  /** With prefix length, such as `10.89.7.2/24`. */
  address: string;
  gateway: string;
  mac: string;
}

const NOWHERE: Place = { address: "", gateway: "", mac: "" };

export function placeOn({ state }: Box, network: string): Place {
  if (state.status !== "running" || state.addresses === undefined) return NOWHERE;
  return Object.hasOwn(state.addresses, network) ? (state.addresses[network] ?? NOWHERE) : NOWHERE;
}

/** Identifies a box's place on a network, in Docker's form. */
export function endpointId(box: string, network: string): string {
  return createHash("sha256").update(`${box} ${network}`).digest("hex");
}
