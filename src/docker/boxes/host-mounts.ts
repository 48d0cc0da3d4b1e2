import type { BoxSpec } from "../../config/spec.js";
import { isWorkspace, volumesOf } from "../../config/spec/mounts.js";
import { formatVolume, fitsShortNotation, type Volume } from "../../config/syntax/volume.js";
import { list, omitEmpty, struct, text } from "../go/make.js";
import { named, STRING, structType } from "../go/type.js";
import type { Value } from "../go/value.js";

const MOUNT = structType("mount.Mount");

const isAnonymous = ({ kind, source }: Volume) => kind === "volume" && source === "";

function ownVolumes(spec: BoxSpec): Volume[] {
  return volumesOf(spec).filter((volume) => !isWorkspace(spec, volume) && volume.inherited !== true);
}

/** `HostConfig.Binds`: the values of `-v` except for anonymous volumes; nil if there are none. */
export function binds(spec: BoxSpec): Value {
  const texts = ownVolumes(spec)
    .filter((volume) => fitsShortNotation(volume) && !isAnonymous(volume))
    .map(formatVolume);
  return list(STRING, texts.length > 0 ? texts : undefined);
}

function mount(volume: Volume): Value {
  const noCopy = volume.kind === "volume" && volume.noCopy;
  return struct(MOUNT.name, {
    Type: omitEmpty(text(volume.kind, named("mount.Type", STRING))),
    Source: omitEmpty(volume.source),
    Target: omitEmpty(volume.target),
    ReadOnly: omitEmpty(volume.readOnly),
    ...(noCopy ? { VolumeOptions: struct("mount.VolumeOptions", { NoCopy: omitEmpty(true) }) } : {}),
  });
}

/** `HostConfig.Mounts`: the values of `--mount`. */
export function mounts(spec: BoxSpec): Value {
  const long = ownVolumes(spec).filter((volume) => !fitsShortNotation(volume));
  return list(MOUNT, long.length > 0 ? long.map(mount) : undefined);
}
