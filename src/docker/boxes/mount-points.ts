import type { BoxMount } from "../../engine/boxes.js";
import { list, omitEmpty, struct, text } from "../go/make.js";
import { named, STRING, structType } from "../go/type.js";
import type { Value } from "../go/value.js";

const POINT = structType("container.MountPoint");

function mountPoint({ kind, name = "", anonymous, inherited, source, target, readOnly }: BoxMount): Value {
  const isBind = kind === "bind";
  return struct(POINT.name, {
    Type: omitEmpty(text(kind, named("mount.Type", STRING))),
    Name: omitEmpty(name),
    Source: source,
    Destination: target,
    Driver: omitEmpty(kind === "volume" ? "local" : ""),
    Mode: inherited ? "" : readOnly ? "ro" : isBind || anonymous ? "" : "z",
    RW: !readOnly,
    Propagation: text(isBind ? "rprivate" : "", named("mount.Propagation", STRING)),
  });
}

/** Docker's `[]container.MountPoint`. */
export function mountPoints(mounts: readonly BoxMount[]): Value {
  return list(POINT, mounts.map(mountPoint));
}
