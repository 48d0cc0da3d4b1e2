import { specOf } from "../config/parse-box.js";
import type { Home } from "../host/home.js";
import type { Membership } from "../net/membership.js";
import { networkKey, subnetOf } from "../net/named-network.js";
import type { BoxRecord } from "./box/record.js";

/** Returns the networks that a box is on when it starts. */
export function membershipsOf(_home: Home, record: BoxRecord): Promise<Membership[]> {
  const { id, name, guest } = record;
  const { name: network } = specOf(record).network;
  if (network === undefined) return Promise.resolve([]);
  const start = subnetOf(network);
  const names = [...new Set([name, guest.hostname, id.slice(0, 12)])];
  return Promise.resolve([
    { network, key: networkKey(network), subnet: `${start}.0/24`, gateway: `${start}.1`, names },
  ]);
}
