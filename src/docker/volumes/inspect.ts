import type { Volume } from "../../engine/volumes.js";

/** A volume in the shape of `docker volume inspect`, which is that of `docker volume ls` too. */
export function describeVolume({ name, createdAt, labels, data }: Volume): Record<string, unknown> {
  return {
    CreatedAt: createdAt,
    Driver: "local",
    Labels: labels,
    Mountpoint: data,
    Name: name,
    Options: {},
    Scope: "local",
  };
}
