import { imagesOf } from "../../vm/box/image-disk.js";
import { shares, type Share, type Usage } from "../../engine/system/usage.js";
import { madeAt, sizeOf } from "../../oci/list.js";
import { familiarName } from "../../config/syntax/reference.js";
import { isListed, layersOf } from "../../oci/store/inventory.js";
import { describeRow } from "../boxes/rows.js";
import { rowOf, type Row } from "../format.js";
import { list, pointer, struct } from "../go/make.js";
import { pointerTo, structType } from "../go/type.js";
import type { Value } from "../go/value.js";
import { shownId } from "../images/rows.js";
import { formatListTime } from "../times.js";
import { formatDuration, formatSize, formatTotal } from "../units.js";
import { describeRow as describeVolume } from "../volumes/rows.js";

const TYPES = {
  images: "Images",
  boxes: "Containers",
  volumes: "Local Volumes",
  templates: "Templates",
  pools: "Pools",
} as const;

/** Not in Docker. */
const OWN: ReadonlySet<Share["kind"]> = new Set(["templates", "pools"]);

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

/**
 * The lines of `docker system df`, with the fields of Docker's `--format`.
 * @param own adds templates and pools of VMs, which Docker does not have
 */
export function describeShares(usage: Usage, { own }: { own: boolean }): Record<string, string>[] {
  const all = shares(usage);
  const dockers = all.filter(({ kind }) => !OWN.has(kind));
  const others = all.filter(({ kind, total }) => OWN.has(kind) && own && total > 0);
  return [...dockers.map(describeShare), BUILD_CACHE, ...others.map(describeShare)];
}

const ago = (time: number) => (time > 0 ? `${formatDuration(Date.now() - time)} ago` : "N/A");

/** Rows for images, of which one name is shown. */
function imageRows({ inventory, boxes }: Usage, trunc: boolean): Row[] {
  const { images, layers } = inventory;
  const users = new Map<string, number>();
  for (const digits of images.flatMap(layersOf)) users.set(digits, (users.get(digits) ?? 0) + 1);
  return images.filter(isListed).map((image) => {
    const shared = layersOf(image).filter((digits) => (users.get(digits) ?? 0) > 1);
    const sharedBytes = shared.reduce((sum, digits) => sum + (layers.get(digits) ?? 0), 0);
    const size = sizeOf(image);
    const [tag] = image.tags;
    const made = madeAt(image.record?.created);
    return {
      Containers: `${boxes.filter(({ box }) => imagesOf(box.record).some(({ digest }) => digest === image.digest)).length}`,
      CreatedAt: made > 0 ? formatListTime(new Date(made)) : "N/A",
      CreatedSince: ago(made),
      Digest: "",
      ID: shownId(image.record?.id ?? image.digest, trunc),
      Repository: tag ? familiarName(tag.parsed) : "<none>",
      SharedSize: formatTotal(sharedBytes),
      Size: formatSize(size),
      Tag: tag?.parsed.tag ?? "<none>",
      UniqueSize: formatTotal(Math.max(0, size - sharedBytes)),
      VirtualSize: formatTotal(size),
    };
  });
}

const boxRows = ({ boxes }: Usage, trunc: boolean): Row[] =>
  boxes.map(({ box, bytes }) => Object.assign(describeRow(box, { trunc }), { Size: formatSize(bytes) }));

const volumeRows = ({ volumes }: Usage): Row[] =>
  volumes.map(({ volume, bytes, users }) => ({
    ...describeVolume(volume),
    ...{ Links: `${users}`, Size: formatSize(bytes) },
  }));

const templateRows = ({ templates }: Usage): Row[] =>
  templates.map(({ template: { key, madeAt, usedAt }, bytes }) => ({
    ...{ ID: key.slice(0, 12), Size: formatSize(bytes), CreatedSince: ago(madeAt) },
    UsedSince: ago(usedAt ?? 0),
  }));

const poolRows = ({ pools }: Usage): Row[] =>
  pools.map(({ pool: { name, running }, bytes }) => ({
    Name: name,
    Status: running ? "running" : "not running",
    Size: formatSize(bytes),
  }));

type Columns = readonly (readonly [heading: string, field: string])[];

const IMAGE_COLUMNS: Columns = [
  ["REPOSITORY", "Repository"],
  ["TAG", "Tag"],
  ["IMAGE ID", "ID"],
  ["CREATED", "CreatedSince"],
  ["SIZE", "Size"],
  ["SHARED SIZE", "SharedSize"],
  ["UNIQUE SIZE", "UniqueSize"],
  ["CONTAINERS", "Containers"],
];

const BOX_COLUMNS: Columns = [
  ["CONTAINER ID", "ID"],
  ["IMAGE", "Image"],
  ["COMMAND", "Command"],
  ["LOCAL VOLUMES", "LocalVolumes"],
  ["SIZE", "Size"],
  ["CREATED", "RunningFor"],
  ["STATUS", "Status"],
  ["NAMES", "Names"],
];

const VOLUME_COLUMNS: Columns = [
  ["VOLUME NAME", "Name"],
  ["LINKS", "Links"],
  ["SIZE", "Size"],
];

const TEMPLATE_COLUMNS: Columns = [
  ["TEMPLATE ID", "ID"],
  ["SIZE", "Size"],
  ["CREATED", "CreatedSince"],
  ["LAST USED", "UsedSince"],
];

const POOL_COLUMNS: Columns = [
  ["POOL NAME", "Name"],
  ["STATUS", "Status"],
  ["SIZE", "Size"],
];

export interface UsageTable {
  heading: string;
  columns: string[];
  rows: string[][];
}

function tableOf(heading: string, columns: Columns, rows: readonly Row[]): UsageTable {
  const cell = (row: Row, field: string) => {
    const value = row[field];
    return typeof value === "string" ? value : "";
  };
  return {
    heading,
    columns: columns.map(([name]) => name),
    rows: rows.map((row) => columns.map(([, field]) => cell(row, field))),
  };
}

/** The tables of `docker system df -v`. */
export function describeDetails(usage: Usage): UsageTable[] {
  return [
    tableOf("Images space usage:", IMAGE_COLUMNS, imageRows(usage, true)),
    tableOf("Containers space usage:", BOX_COLUMNS, boxRows(usage, true)),
    tableOf("Local Volumes space usage:", VOLUME_COLUMNS, volumeRows(usage)),
    {
      heading: "Build cache usage: 0B",
      columns: ["CACHE ID", "CACHE TYPE", "SIZE", "CREATED", "LAST USED", "USAGE", "SHARED"],
      rows: [],
    },
    ...(usage.templates.length > 0
      ? [tableOf("Templates space usage:", TEMPLATE_COLUMNS, templateRows(usage))]
      : []),
    ...(usage.pools.length > 0 ? [tableOf("Pools space usage:", POOL_COLUMNS, poolRows(usage))] : []),
  ];
}

/** Docker's object for a template of `docker system df -v`. */
export function describeAll(usage: Usage): Value {
  const rows = (type: string, some: readonly Row[]) =>
    list(
      pointerTo(structType(type)),
      some.map((row) => rowOf(row, type)),
    );
  return pointer(
    struct("formatter.diskUsageContext", {
      Images: rows("formatter.imageContext", imageRows(usage, false)),
      Containers: rows("formatter.ContainerContext", boxRows(usage, false)),
      Volumes: rows("formatter.volumeContext", volumeRows(usage)),
      BuildCache: rows("formatter.buildCacheContext", []),
    }),
  );
}
