import { madeAt, type ListedImage } from "../../oci/list.js";
import { formatListTime } from "../times.js";
import { formatDuration, formatSize, formatTotal } from "../units.js";

/** An image ID as Docker shows it in lists. */
export function shownId(id: string, trunc: boolean): string {
  return trunc ? id.replace(/^sha256:/, "").slice(0, 12) : id;
}

/** Fields of Docker's `images --format`. */
export const IMAGE_FIELDS = [
  ...["Containers", "CreatedAt", "CreatedSince", "Digest", "ID", "Repository", "SharedSize", "Size", "Tag"],
  ...["UniqueSize", "VirtualSize"],
];

/** An image with the fields of Docker's `--format`. */
export function describeRow(image: ListedImage, trunc: boolean): Record<string, string> {
  const { id, repository, tag, registryDigest, created, size } = image;
  return {
    Containers: "N/A",
    CreatedAt: created === undefined ? "N/A" : formatListTime(new Date(created)),
    CreatedSince: created === undefined ? "N/A" : `${formatDuration(Date.now() - madeAt(created))} ago`,
    Digest: registryDigest ?? "<none>",
    ID: shownId(id, trunc),
    Repository: repository,
    SharedSize: "N/A",
    Size: formatSize(size),
    Tag: tag ?? "<none>",
    UniqueSize: "N/A",
    VirtualSize: formatTotal(size),
  };
}
