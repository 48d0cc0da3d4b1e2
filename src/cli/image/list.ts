import type { Command } from "commander";
import { findStored } from "../../oci/find.js";
import { listImages, madeAt, type ListedImage } from "../../oci/list.js";
import { collect } from "../flags/parse.js";
import { printLine } from "../output/print.js";
import { printRows, type Column } from "../output/rows.js";
import { formatDuration, formatSize } from "../../docker/units.js";
import {
  booleanFilter,
  labelsFit,
  parseFilters,
  referenceFits,
  untilFilter,
  type Filters,
} from "../../docker/filters.js";
import { currentStore } from "../store.js";

interface ListFlags {
  all?: boolean;
  digests?: boolean;
  filter?: string[];
  format?: string;
  quiet?: boolean;
  trunc: boolean;
}

const FILTERS = ["dangling", "reference", "before", "since", "label", "label!", "until"];

/** When the images were made that `before` or `since` name. */
async function timesOf(filters: Filters, name: string): Promise<number[]> {
  const words = filters.get(name) ?? [];
  return Promise.all(
    words.map(async (word) => madeAt((await findStored(currentStore(), word)).record.created)),
  );
}

async function select(images: ListedImage[], filters: Filters): Promise<ListedImage[]> {
  const dangling = booleanFilter(filters, "dangling");
  const [before, since, until] = await Promise.all([
    timesOf(filters, "before"),
    timesOf(filters, "since"),
    untilFilter(filters),
  ]);
  return images.filter(({ repository, tag, target, created, labels }) => {
    const made = madeAt(created);
    return (
      (dangling === undefined || dangling === (target === undefined)) &&
      before.every((time) => made < time) &&
      since.every((time) => made > time) &&
      (until === undefined || made < until) &&
      labelsFit(labels, filters) &&
      (target !== undefined || !filters.has("reference")) &&
      referenceFits(repository, tag, filters)
    );
  });
}

/** The fields that Docker's `--format` has for an image. */
function describe(image: ListedImage, trunc: boolean): Record<string, string> {
  const { id, repository, tag, target, created, size } = image;
  return {
    Containers: "N/A",
    CreatedAt: created ?? "N/A",
    CreatedSince: created === undefined ? "N/A" : `${formatDuration(Date.now() - madeAt(created))} ago`,
    Digest: target ?? "<none>",
    ID: trunc ? id.replace(/^sha256:/, "").slice(0, 12) : id,
    Repository: repository,
    SharedSize: "N/A",
    Size: formatSize(size),
    Tag: tag ?? "<none>",
    UniqueSize: "N/A",
    VirtualSize: formatSize(size),
  };
}

async function list(word: string | undefined, flags: ListFlags): Promise<void> {
  const filters = parseFilters(
    [...(flags.filter ?? []), ...(word === undefined ? [] : [`reference=${word}`])],
    FILTERS,
  );
  const rows = (await select(await listImages(currentStore()), filters)).map((image) =>
    describe(image, flags.trunc),
  );
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
