import type { Network } from "../../engine/networks.js";
import type { Row } from "../format.js";
import { labelColumns } from "../labels.js";
import { goTimeText } from "../times.js";

/** Fields of Docker's `network ls --format`. */
export const NETWORK_FIELDS = [
  ...["CreatedAt", "Driver", "ID", "IPv4", "IPv6", "Internal", "Labels", "Name", "Scope"],
];

/** A network with the fields of Docker's `--format`. */
export function describeRow({ id, name, driver, createdAt, internal, labels }: Network, trunc: boolean): Row {
  return {
    CreatedAt: goTimeText(createdAt),
    Driver: driver,
    ID: trunc ? id.slice(0, 12) : id,
    IPv4: String(driver === "bridge"),
    IPv6: "false",
    Internal: String(internal),
    ...labelColumns(labels),
    Name: name,
    Scope: "local",
  };
}
