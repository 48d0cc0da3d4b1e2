import { shares, type Share, type Usage } from "../../engine/system/usage.js";
import { madeAt, sizeOf } from "../../oci/list.js";
import { familiarName } from "../../config/syntax/reference.js";
import { layersOf } from "../../oci/store/inventory.js";
import { formatDuration, formatSize } from "../units.js";

const TYPES = { images: "Images", boxes: "Containers", volumes: "Local Volumes" } as const;

/** There is none: box builds no images. */
const BUILD_CACHE = { Active: "0", Reclaimable: "0B", Size: "0B", TotalCount: "0", Type: "Build Cache" };

function describeShare({ kind, total, active, bytes, reclaimable }: Share): Record<string, string> {
  const percent = bytes > 0 ? ` (${Math.floor((reclaimable / bytes) * 100)}%)` : "";
  return {
    Active: `${active}`,
    Reclaimable: `${formatSize(reclaimable)}${percent}`,
    Size: formatSize(bytes),
    TotalCount: `${total}`,
    Type: TYPES[kind],
  };
}

/** The lines of `docker system df`, with the fields of Docker's `--format`. */
export function describeShares(usage: Usage): Record<string, string>[] {
  return [...shares(usage).map(describeShare), BUILD_CACHE];
}

const ago = (time: number) => (time > 0 ? `${formatDuration(Date.now() - time)} ago` : "N/A");

export interface UsageTable {
  heading: string;
  columns: string[];
  rows: string[][];
}

/** The tables of `docker system df -v`. */
export function describeDetails({ inventory, boxes, volumes }: Usage): UsageTable[] {
  const { images, layers } = inventory;
  const users = new Map<string, number>();
  for (const digits of images.flatMap(layersOf)) users.set(digits, (users.get(digits) ?? 0) + 1);
  const imageRows = images.map((image) => {
    const shared = layersOf(image).filter((digits) => (users.get(digits) ?? 0) > 1);
    const sharedBytes = shared.reduce((sum, digits) => sum + (layers.get(digits) ?? 0), 0);
    const size = sizeOf(image);
    const [tag] = image.tags;
    return [
      tag ? familiarName(tag.parsed) : "<none>",
      tag?.parsed.tag ?? "<none>",
      (image.record?.id ?? image.digest).slice(7, 19),
      ago(madeAt(image.record?.created)),
      formatSize(size),
      formatSize(sharedBytes),
      formatSize(Math.max(0, size - sharedBytes)),
      `${boxes.filter(({ box }) => box.record.image.digest === image.digest).length}`,
    ];
  });
  const boxRows = boxes.map(({ box: { record, state }, bytes }) => [
    record.id.slice(0, 12),
    record.image.reference,
    formatSize(bytes),
    ago(Date.parse(record.createdAt)),
    state.status,
    record.name,
  ]);
  const volumeRows = volumes.map(({ volume, bytes, users }) => [volume.name, `${users}`, formatSize(bytes)]);
  return [
    {
      heading: "Images space usage:",
      columns: ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "BOXES"],
      rows: imageRows,
    },
    {
      heading: "Boxes space usage:",
      columns: ["BOX ID", "IMAGE", "SIZE", "CREATED", "STATUS", "NAMES"],
      rows: boxRows,
    },
    { heading: "Local Volumes space usage:", columns: ["VOLUME NAME", "LINKS", "SIZE"], rows: volumeRows },
  ];
}
