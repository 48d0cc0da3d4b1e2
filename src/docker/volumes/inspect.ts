import type { Volume } from "../../engine/volumes.js";
import { asMap } from "../go/plain.js";

/** A volume in the format of `docker volume inspect`. */
export function describeVolume({ name, createdAt, labels, data }: Volume): Record<string, unknown> {
  return {
    CreatedAt: createdAt,
    Driver: "local",
    Labels: asMap(labels),
    Mountpoint: data,
    Name: name,
    Options: asMap({}),
    Scope: "local",
  };
}
