import { shares, type Share, type Usage } from "../../engine/system/usage.js";
import { madeAt, sizeOf } from "../../oci/list.js";
import { familiarName } from "../../config/syntax/reference.js";
import { layersOf } from "../../oci/store/inventory.js";
import { describeRow } from "../boxes/rows.js";
import { formatDuration, formatSize, formatTotal } from "../units.js";

const TYPES = { images: "Images", boxes: "Containers", volumes: "Local Volumes" } as const;

/** There is none: box builds no images. */
const BUILD_CACHE = { Active: "0", Reclaimable: "0B", Size: "0B", TotalCount: "0", Type: "Build Cache" };

function describeShare({ kind, total, active, bytes, reclaimable }: Share): Record<string, string> {
  const percent = bytes > 0 ? ` (${Math.floor((reclaimable / bytes) * 100)}%)` : "";
  return {
    Active: `${active}`,
    Reclaimable: `${formatTotal(reclaimable)}${percent}`,
    Size: formatTotal(bytes),
    TotalCount: `${total}`,
    Type: TYPES[kind],
  };
}

/** The lines of `docker system df`, with the fields of Docker's `--format`. */
export function describeShares(usage: Usage): Record<string, string>[] {
  return [...shares(usage).map(describeShare), BUILD_CACHE];
}

const ago = (time: number) => (time > 0 ? `${formatDuration(Date.now() - time)} ago` : "N/A");

const BOX_COLUMNS = [
  ["CONTAINER ID", "ID"],
  ["IMAGE", "Image"],
  ["COMMAND", "Command"],
  ["LOCAL VOLUMES", "LocalVolumes"],
  ["SIZE", "Size"],
  ["CREATED", "RunningFor"],
  ["STATUS", "Status"],
  ["NAMES", "Names"],
] as const;

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
      formatTotal(sharedBytes),
      formatTotal(Math.max(0, size - sharedBytes)),
      `${boxes.filter(({ box }) => box.record.image.digest === image.digest).length}`,
    ];
  });
  const boxRows = boxes.map(({ box, bytes }) => {
    const row = describeRow(box, { trunc: true });
    return BOX_COLUMNS.map(([, field]) => {
      const cell = field === "Size" ? formatSize(bytes) : row[field];
      return typeof cell === "string" ? cell : "";
    });
  });
  const volumeRows = volumes.map(({ volume, bytes, users }) => [volume.name, `${users}`, formatSize(bytes)]);
  return [
    {
      heading: "Images space usage:",
      columns: [
        "REPOSITORY",
        "TAG",
        "IMAGE ID",
        "CREATED",
        "SIZE",
        "SHARED SIZE",
        "UNIQUE SIZE",
        "CONTAINERS",
      ],
      rows: imageRows,
    },
    {
      heading: "Containers space usage:",
      columns: BOX_COLUMNS.map(([heading]) => heading),
      rows: boxRows,
    },
    { heading: "Local Volumes space usage:", columns: ["VOLUME NAME", "LINKS", "SIZE"], rows: volumeRows },
    {
      heading: "Build cache usage: 0B",
      columns: ["CACHE ID", "CACHE TYPE", "SIZE", "CREATED", "LAST USED", "USAGE", "SHARED"],
      rows: [],
    },
  ];
}
