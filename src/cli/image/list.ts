import type { Command } from "commander";
import { parseImageFilters, selectImages } from "../../docker/images/filters.js";
import { describeRow, IMAGE_FIELDS } from "../../docker/images/rows.js";
import { checkListFormat } from "../../docker/format.js";
import { engine } from "../engine.js";
import { hostReference } from "../host-path.js";
import { explain, type Notes } from "../help/notes.js";
import { collect } from "../flags/parse.js";
import { printLine } from "../output/print.js";
import { printRows, type Column } from "../output/rows.js";

interface ListFlags {
  all?: boolean;
  digests?: boolean;
  filter?: string[];
  format?: string;
  quiet?: boolean;
  trunc: boolean;
}

async function list(word: string | undefined, flags: ListFlags): Promise<void> {
  const { images } = engine();
  if (!flags.quiet) await checkListFormat(flags.format);
  const reference = word === undefined ? [] : [`reference=${word}`];
  const filters = parseImageFilters([...(flags.filter ?? []), ...reference]);
  const find = (word: string) => images.find(hostReference(word));
  const selected = await selectImages(await images.list(), filters, find);
  const rows = selected.map((image) => describeRow(image, flags.trunc));
  if (flags.quiet) {
    for (const row of rows) printLine(row["ID"] ?? "");
    return;
  }
  const columns: Column[] = [
    ["REPOSITORY", "Repository"],
    ["TAG", "Tag"],
    ...(flags.digests ? [["DIGEST", "Digest"] satisfies Column] : []),
    ["IMAGE ID", "ID"],
    ["CREATED", "CreatedSince"],
    ["SIZE", "Size"],
  ];
  await printRows(columns, rows, {
    format: flags.format,
    trunc: flags.trunc,
    fields: IMAGE_FIELDS,
    type: "formatter.imageContext",
    headings: { VirtualSize: "SIZE" },
  });
}

const NOTES: Notes = {
  examples: [
    ["box images"],
    ["box images --digests 'nginx*'"],
    ["box images -q -f dangling=true"],
    ["box images --format '{{.Repository}}:{{.Tag}} {{.Size}}'"],
  ],
};

/** Defines `box images` and `box image ls`. */
export function addList(command: Command): Command {
  return explain(command, NOTES)
    .argument("[image]", "name, or a pattern such as 'nginx*'")
    .option("-a, --all", "show all images (box has no intermediate images to hide)")
    .option("--digests", "show digests")
    .option(
      "-f, --filter <name=value>",
      "filter output by a condition: dangling, reference, before, since, until or label",
      collect,
    )
    .option(
      "--format <format>",
      "format output as json or by a Go template, such as '{{.Repository}}:{{.Tag}}'",
    )
    .option("--no-trunc", "do not truncate output")
    .option("-q, --quiet", "only show image IDs")
    .action(list);
}
