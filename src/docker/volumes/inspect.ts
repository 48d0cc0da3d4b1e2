import type { Volume } from "../../engine/volumes.js";
import { map, nilPointer, omitEmpty, pointer, strings, struct } from "../go/make.js";
import { ANY, STRING } from "../go/type.js";
import type { Value } from "../go/value.js";

/** Docker's times of volumes have no fraction. */
const wholeSeconds = (time: string) => time.replace(/\.\d+/, "");

/** A volume in the format of `docker volume inspect`: `volume.Volume`. */
export function describeVolume({ name, createdAt, labels, data }: Volume): Value {
  return pointer(
    struct("volume.Volume", {
      ClusterVolume: omitEmpty(nilPointer("volume.ClusterVolume")),
      CreatedAt: omitEmpty(wholeSeconds(createdAt)),
      Driver: "local",
      // As in Docker, nil if there are none.
      Labels: Object.keys(labels).length > 0 ? strings(labels) : strings(),
      Mountpoint: data,
      Name: name,
      Options: strings(),
      Scope: "local",
      Status: omitEmpty(map(STRING, ANY)),
      UsageData: omitEmpty(nilPointer("volume.UsageData")),
    }),
  );
}
