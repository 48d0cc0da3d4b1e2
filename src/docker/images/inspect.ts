import type { InspectedImage } from "../../engine/images/inspect.js";
import { knownTime } from "../../oci/created.js";
import { sizeOf } from "../../oci/list.js";
import { asMap } from "../go/plain.js";
import { familiarName, familiarReference } from "../../config/syntax/reference.js";

/** Parts of an image's configuration that are maps in Go. */
const MAPS = ["ExposedPorts", "Labels", "Volumes"];

function describeConfig(config: object): object {
  const parts = Object.entries(config).map(([name, value]: [string, unknown]) => {
    const isMap = MAPS.includes(name) && typeof value === "object" && value !== null;
    return [name, isMap ? asMap(value as Record<string, unknown>) : value] as const;
  });
  return Object.fromEntries(parts);
}

/** An image in the format of `docker image inspect`. */
export function describeImage(image: InspectedImage): Record<string, unknown> {
  const { record, tags, lastUsed, details } = image;
  const { created, author, comment, history, architecture, variant, os, config, rootfs } = details;
  const named = tags.filter(({ parsed }) => parsed.tag !== undefined);
  return {
    Id: record.id,
    RepoTags: named.map(({ parsed: { domain, path, tag = "" } }) => familiarReference({ domain, path, tag })),
    RepoDigests: [...new Set(tags.map(({ parsed, target }) => `${familiarName(parsed)}@${target}`))],
    Parent: "",
    Comment: comment || (history?.at(-1)?.comment ?? ""),
    Created: knownTime(created) ?? "",
    DockerVersion: "",
    Author: author ?? "",
    Config: describeConfig(config ?? {}),
    Architecture: architecture,
    ...(variant === undefined ? {} : { Variant: variant }),
    Os: os,
    Size: sizeOf(image),
    RootFS: { Type: "layers", Layers: rootfs.diff_ids },
    Metadata: { LastUsedTime: new Date(lastUsed).toISOString() },
  };
}
