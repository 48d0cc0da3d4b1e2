import { familiarName, familiarReference } from "../../config/syntax/reference.js";
import type { InspectedImage } from "../../engine/images/inspect.js";
import { knownTime } from "../../oci/created.js";
import { registryDigestOf } from "../../oci/store/tags.js";
import { sizeOf } from "../../oci/list.js";
import {
  int,
  keyed,
  list,
  nilPointer,
  omitEmpty,
  sentOnly,
  struct,
  typedOnly,
  type FieldPlain,
} from "../go/make.js";
import { time } from "../go/time.js";
import { graphDriver } from "../storage-driver.js";
import { goTime } from "../times.js";
import { INT64, STRING, structType } from "../go/type.js";
import type { Value } from "../go/value.js";
import { sentConfig, shownConfig, typedConfig } from "./config.js";

const NEVER = "0001-01-01T00:00:00Z";

/** A time in nanoseconds since 1970. */
function exactTime(nanoseconds: bigint): Value {
  const seconds = new Date(Number(nanoseconds / 1_000_000_000n) * 1000)
    .toISOString()
    .slice(0, -".000Z".length);
  return time(`${seconds}.${String(nanoseconds % 1_000_000_000n).padStart(9, "0")}Z`);
}

/** The parts of an image that describe its files. */
function files(image: InspectedImage): Record<string, FieldPlain> {
  const size = int(sizeOf(image), INT64);
  return {
    Size: size,
    VirtualSize: omitEmpty(size),
    GraphDriver: graphDriver(),
    RootFS: struct("image.RootFS", {
      Type: "layers",
      Layers: omitEmpty(list(STRING, image.details.rootfs.diff_ids)),
    }),
  };
}

/** An image in the format of `docker image inspect`. */
export function describeImage(image: InspectedImage): Value {
  const { record, tags, lastTagged, details } = image;
  const { created, author, comment, history, architecture, variant, os } = details;
  const config = shownConfig(details);
  const names = tags.flatMap(({ parsed: { domain, path, tag } }) =>
    tag === undefined ? [] : [familiarReference({ domain, path, tag })],
  );
  const digests = tags.flatMap((tag) => {
    const digest = registryDigestOf(tag);
    return digest === undefined ? [] : [`${familiarName(tag.parsed)}@${digest}`];
  });
  return struct("image.InspectResponse", {
    ID: keyed("Id", record.id),
    RepoTags: list(STRING, names.sort()),
    RepoDigests: list(STRING, [...new Set(digests)]),
    Parent: "",
    Comment: comment || (history?.at(-1)?.comment ?? ""),
    Created: omitEmpty(goTime(knownTime(created) ?? "")),
    Container: sentOnly(""),
    ContainerConfig: sentConfig({}),
    DockerVersion: "",
    Author: author ?? "",
    Config: typedOnly(typedConfig(config)),
    "Config:sent": sentOnly(sentConfig(config)),
    Architecture: architecture,
    Variant: omitEmpty(variant ?? ""),
    Os: os,
    OsVersion: omitEmpty(""),
    ...files(image),
    Metadata: struct("image.Metadata", {
      LastTagTime: omitEmpty(lastTagged === undefined ? time(NEVER) : exactTime(lastTagged)),
    }),
    Descriptor: omitEmpty(nilPointer("v1.Descriptor")),
    Manifests: omitEmpty(list(structType("image.ManifestSummary"))),
  });
}
