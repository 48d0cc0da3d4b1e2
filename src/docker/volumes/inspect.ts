import type { Volume } from "../../engine/volumes.js";

/** The fields that Docker's `volume ls --format` has. */
export const VOLUME_FIELDS = ["CreatedAt", "Driver", "Labels", "Mountpoint", "Name", "Options", "Scope"];

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
