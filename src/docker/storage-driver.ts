import { map, struct } from "./go/make.js";
import { STRING } from "./go/type.js";
import type { Value } from "./go/value.js";

/** Docker's name for what the guest does: it mounts an overlay as the box's root. */
export const STORAGE_DRIVER = "overlay2";

/** Docker's `storage.DriverData`: the layers are not directories of this host. */
export function graphDriver(): Value {
  return struct("storage.DriverData", { Data: map(STRING, STRING), Name: STORAGE_DRIVER });
}
