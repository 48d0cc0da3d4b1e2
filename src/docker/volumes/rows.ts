import type { Volume } from "../../engine/volumes.js";
import type { Row } from "../format.js";
import { labelColumns } from "../labels.js";

/** Fields of Docker's `volume ls --format`. */
export const VOLUME_FIELDS = [
  ...["Availability", "Driver", "Group", "Labels", "Links", "Mountpoint", "Name", "Scope", "Size", "Status"],
];

/** A volume with the fields of Docker's `--format`. Some are known only to `system df` or to a cluster. */
export function describeRow({ name, labels, data }: Volume): Row {
  return {
    ...{ Availability: "N/A", Group: "N/A", Links: "N/A", Size: "N/A", Status: "N/A" },
    Driver: "local",
    Mountpoint: data,
    Name: name,
    Scope: "local",
    ...labelColumns(labels),
  };
}
