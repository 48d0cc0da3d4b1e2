import type { Command } from "commander";
import { parseImageFilters, selectImages } from "../../docker/images/filters.js";
import { describeRow, IMAGE_FIELDS } from "../../docker/images/rows.js";
import { checkListFormat } from "../../docker/template.js";
import { engine } from "../engine.js";
import { hostReference } from "../host-path.js";
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
  if (!flags.quiet && flags.format !== "table") checkListFormat(flags.format, IMAGE_FIELDS);
  const reference = word === undefined ? [] : [`reference=${word}`];
  const filters = parseImageFilters([...(flags.filter ?? []), ...reference]);
  const find = (word: string) => images.find(hostReference(word));
  const selected = await selectImages(await images.list(), filters, find);
  const rows = selected.map((image) => describeRow(image, flags.trunc));
  if (flags.quiet) {
    for (const id of new Set(rows.map((row) => row["ID"] ?? ""))) printLine(id);
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
  await printRows(columns, rows, flags.format === "table" ? undefined : flags.format);
}

/** `box images`, and `box image ls`. */
export function addList(command: Command): Command {
  return command
    .argument("[image]", "a name, or a pattern such as 'nginx*'")
    .option("-a, --all", "for scripts written for Docker: box has no intermediate images")
    .option("--digests", "show the digest that the registry has it under")
    .option("-f, --filter <NAME=VALUE>", "dangling, reference, before, since, until, label", collect)
    .option("--format <format>", "json, or a template such as '{{.Repository}}:{{.Tag}}'")
    .option("--no-trunc", "show ids whole")
    .option("-q, --quiet", "ids only")
    .addHelpText(
      "after",
      "\nExamples:\n  box images\n  box images --digests 'nginx*'\n  box images -q -f dangling=true\n  box images --format '{{.Repository}}:{{.Tag}} {{.Size}}'",
    )
    .action(list);
}
