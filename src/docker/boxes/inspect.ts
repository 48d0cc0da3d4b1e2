import type { InspectedBox } from "../../engine/boxes.js";
import type { ImageRunConfig } from "../../oci/image.js";
import { committedConfig } from "../../vm/box/committed-config.js";
import {
  embedded,
  int,
  keyed,
  list,
  nilPointer,
  omitEmpty,
  pointer,
  struct,
  type FieldPlain,
} from "../go/make.js";
import { fromPlain } from "../go/plain.js";
import { INT64, STRING } from "../go/type.js";
import type { Value } from "../go/value.js";
import { graphDriver, STORAGE_DRIVER } from "../storage-driver.js";
import { nineDigits } from "../times.js";
import { containerConfig, mergedEnv } from "./config.js";
import { hostConfig } from "./host-config.js";
import { mountPoints } from "./mount-points.js";
import { networkSettings } from "./network-settings.js";
import { describeState } from "./state.js";

function bytesOrNil(bytes: number | undefined): FieldPlain {
  return omitEmpty(bytes === undefined ? nilPointer("int64") : pointer(int(bytes, INT64)));
}

/** The known part of an image's configuration if a version of box wrote the record that did not keep it. */
function recovered({ process: workload }: InspectedBox["record"]): ImageRunConfig {
  return { Env: workload.env, User: workload.user, WorkingDir: workload.cwd };
}

/** The configuration of the box's image with the settings of the box merged into it. */
function mergedConfig({ record }: InspectedBox) {
  const image = record.image.config ?? recovered(record);
  const ports = [...record.wantedPorts, ...record.ports];
  const { Labels = {}, ...merged } = committedConfig({ ...record, ports }, image);
  return { ...merged, Labels, OnBuild: null, Shell: null, Env: mergedEnv(record.config.extraEnv, image.Env) };
}

function base(box: InspectedBox): Value {
  const { record, state, log, bytes } = box;
  const [path = "", ...args] = record.process.argv;
  const sizes = bytes && { rw: bytes.layer, root: bytes.layer + bytes.image };
  return struct("container.ContainerJSONBase", {
    ID: keyed("Id", record.id),
    Created: nineDigits(record.createdAt),
    Path: path,
    Args: list(STRING, args),
    State: pointer(describeState(box)),
    Image: record.image.id,
    ResolvConfPath: "",
    HostnamePath: "",
    HostsPath: "",
    LogPath: record.options.logDriver === "none" ? "" : log,
    Name: `/${record.name}`,
    RestartCount: int(state.restartCount ?? 0),
    Driver: STORAGE_DRIVER,
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: list(STRING),
    HostConfig: pointer(hostConfig(box)),
    GraphDriver: graphDriver(),
    SizeRw: bytesOrNil(sizes?.rw),
    SizeRootFs: bytesOrNil(sizes?.root),
  });
}

function sidecar({ record: { sidecar: own, config }, sidecarSocket }: InspectedBox): FieldPlain {
  if (!own || !config.sidecar) return omitEmpty(nilPointer("box.Sidecar"));
  const { image } = own;
  return pointer(
    struct("box.Sidecar", {
      Image: config.sidecar.image,
      ImageID: image.id,
      Port: int(config.sidecar.vsockPort),
      Socket: sidecarSocket ?? "",
    }),
  );
}

/** A box in the format of `docker inspect`, followed by its entire configuration. */
export function describeBox(box: InspectedBox): Value {
  const { config, options, guest } = box.record;
  const merged = mergedConfig(box);
  const own = {
    hostname: guest.hostname,
    domainname: options.domainname ?? "",
    attachStdin: options.stdin && options.stdinOnce,
    attached: options.stdinOnce,
    tty: options.tty,
    openStdin: options.stdin,
    stdinOnce: options.stdin && options.stdinOnce,
    image: config.image,
    stopTimeoutSecs: options.stopTimeoutSecs,
  };
  return struct("container.InspectResponse", {
    ContainerJSONBase: embedded(pointer(base(box))),
    Mounts: mountPoints(box.mounts),
    Config: pointer(containerConfig(merged, own)),
    NetworkSettings: pointer(networkSettings(box, Object.keys(merged.ExposedPorts ?? {}))),
    ImageManifestDescriptor: omitEmpty(nilPointer("v1.Descriptor")),
    BoxConfig: fromPlain(config),
    Sidecar: sidecar(box),
  });
}
