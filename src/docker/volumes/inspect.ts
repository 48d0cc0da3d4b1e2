import type { Volume } from "../../engine/volumes.js";

/** Fields of Docker's `volume ls --format`. */
export const VOLUME_FIELDS = ["CreatedAt", "Driver", "Labels", "Mountpoint", "Name", "Options", "Scope"];

/** A volume in the format of `docker volume inspect`, which `docker volume ls` uses too. */
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
