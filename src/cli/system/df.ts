import type { Command } from "commander";
import { madeAt, sizeOf } from "../../oci/list.js";
import { familiarName } from "../../oci/reference.js";
import { layersOf } from "../../oci/store/inventory.js";
import { printLine, printWarning } from "../output/print.js";
import { printRows, type Column } from "../output/rows.js";
import { formatTable } from "../../docker/table.js";
import { describeUnreadable } from "../../vm/box/find.js";
import { formatDuration, formatSize } from "../../docker/units.js";
import { measureUsage, shares, type Share, type Usage } from "../../engine/system/usage.js";
import { widthOf } from "../output/width.js";
import { currentStore } from "../store.js";

function describe({ type, total, active, bytes, reclaimable }: Share): Record<string, string> {
  const percent = bytes > 0 ? ` (${Math.floor((reclaimable / bytes) * 100)}%)` : "";
  return {
    Active: `${active}`,
    Reclaimable: `${formatSize(reclaimable)}${percent}`,
    Size: formatSize(bytes),
    TotalCount: `${total}`,
    Type: type,
  };
}

const ago = (time: number) => (time > 0 ? `${formatDuration(Date.now() - time)} ago` : "N/A");

/** The tables of `docker system df -v`: heading, columns, rows. */
function details({ inventory, boxes, volumes }: Usage): [string, string[], string[][]][] {
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
    [
      "Images space usage:",
      ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "BOXES"],
      imageRows,
    ],
    ["Boxes space usage:", ["BOX ID", "IMAGE", "SIZE", "CREATED", "STATUS", "NAMES"], boxRows],
    ["Local Volumes space usage:", ["VOLUME NAME", "LINKS", "SIZE"], volumeRows],
  ];
}

async function df({ verbose = false, format }: { verbose?: boolean; format?: string }): Promise<void> {
  const usage = await measureUsage(currentStore());
  for (const box of usage.unreadable) printWarning(describeUnreadable(box));
  const width = widthOf(process.stdout);
  if (verbose && format === undefined) {
    const tables = details(usage).flatMap(([heading, columns, rows], i) => [
      ...(i > 0 ? [""] : []),
      heading,
      "",
      ...formatTable(columns, rows, width),
    ]);
    for (const line of tables) printLine(line);
    return;
  }
  const columns: Column[] = [
    ["TYPE", "Type"],
    ["TOTAL", "TotalCount"],
    ["ACTIVE", "Active"],
    ["SIZE", "Size"],
    ["RECLAIMABLE", "Reclaimable"],
  ];
  await printRows(columns, shares(usage).map(describe), format);
}

export function addDf(command: Command): Command {
  return command
    .option("-v, --verbose", "every image, box and volume")
    .option("--format <format>", "json, or a template such as '{{.Type}} {{.Size}}'")
    .action(df);
}
