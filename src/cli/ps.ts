import { Command } from "commander";
import type { Ancestors } from "../docker/boxes/ancestors.js";
import { parseBoxFilters, type NetworksById } from "../docker/boxes/filters.js";
import {
  BOX_FIELDS,
  describeRow,
  describeUnreadable,
  sampleRow,
  unreadableRow,
} from "../docker/boxes/rows.js";
import { shownId } from "../docker/images/rows.js";
import { selectListed } from "../docker/boxes/select.js";
import type { Filters } from "../docker/filters.js";
import { checkListFormat } from "../docker/format.js";
import { engine } from "./engine.js";
import { collect, named, parseWhole } from "./flags/parse.js";
import { hostReference } from "./host-path.js";
import { explain, type Notes } from "./help/notes.js";
import { printLine, printNotice, printWarning } from "./output/print.js";
import { printRows, type Column } from "./output/rows.js";

interface PsFlags {
  all?: boolean;
  filter?: string[];
  format?: string;
  last?: number;
  latest?: boolean;
  quiet?: boolean;
  size?: boolean;
  trunc: boolean;
}

const COLUMNS: Column[] = [
  ["CONTAINER ID", "ID"],
  ["IMAGE", "Image"],
  ["COMMAND", "Command"],
  ["CREATED", "RunningFor"],
  ["STATUS", "Status"],
  ["PORTS", "Ports"],
  ["NAMES", "Names"],
];

/** Docker's type of the rows. */
const TYPE = "formatter.ContainerContext";

const NOTES: Notes = {
  text: [
    "Filters: id and name (regular expressions), label, status (created, running, paused, restarting or exited), health (starting, healthy, unhealthy or none), exited (an exit code), ancestor (an image), before and since (a box), volume, network, expose and publish (a port of the box), is-task.",
  ],
  examples: [
    ["box ps -a"],
    ["box rm $(box ps -aq -f status=exited)", "remove the boxes that have exited"],
    ["box ps --format '{{.Names}} {{.Status}}'"],
  ],
};

export function command(): Command {
  return explain(new Command("ps"), NOTES)
    .option("-a, --all", "show all boxes (default: only running)")
    .option("-f, --filter <name=value>", "filter output by a condition", collect)
    .option("--format <format>", "format output as json or by a Go template, such as '{{.ID}} {{.Names}}'")
    .option(
      "-n, --last <number>",
      "show the last created boxes, in all states",
      named("-n", parseWhole(-1_000_000, 1_000_000)),
    )
    .option("-l, --latest", "show the latest created box, in all states")
    .option("--no-trunc", "do not truncate output")
    .option("-q, --quiet", "only display box IDs")
    .option("-s, --size", "display the disk usage of the writable layers")
    .action(list);
}

/** Makes paths absolute: boxes of images in files are recorded with absolute paths. */
function withAbsolutePath(filter: string): string {
  const [, image] = /^ancestor=(.*)$/s.exec(filter) ?? [];
  return image === undefined ? filter : `ancestor=${hostReference(image)}`;
}

/** Finds the images of the filter `ancestor`. */
async function findAncestors(filters: Filters): Promise<Ancestors> {
  const words = filters.get("ancestor") ?? [];
  return new Map(
    await Promise.all(
      words.map(
        async (word) =>
          [
            word,
            await engine()
              .images.descendants(word)
              .catch(() => undefined),
          ] as const,
      ),
    ),
  );
}

/** Finds the networks of the filter `network`, which may be given by a prefix of their IDs, as in Docker. */
async function findNetworks(filters: Filters): Promise<NetworksById> {
  const words = filters.get("network") ?? [];
  const networks = words.length > 0 ? await engine().networks.list() : [];
  const namesOf = (word: string) => networks.filter(({ id }) => id.startsWith(word)).map(({ name }) => name);
  return new Map(words.map((word) => [word, namesOf(word)]));
}

/** As in Docker, only a positive number is a limit. */
const lastOf = ({ last = 0 }: { last?: number }) => (last > 0 ? last : undefined);

async function list({ all = false, latest, format, quiet, size, trunc, ...flags }: PsFlags): Promise<void> {
  const filters = parseBoxFilters((flags.filter ?? []).map(withAbsolutePath));
  let measured = size;
  const sample = sampleRow(() => {
    measured = true;
  });
  if (quiet && format !== undefined && format !== "")
    printNotice("WARNING: Ignoring custom format, because both --format and --quiet are set.");
  if (!quiet) await checkListFormat(format, { row: sample, type: TYPE });
  const survey = await engine().boxes.survey();
  const { boxes, unreadable } = await selectListed(survey, filters, {
    all,
    last: latest ? 1 : lastOf(flags),
    ancestors: await findAncestors(filters),
    networksById: await findNetworks(filters),
  });
  for (const box of survey.unreadable) printWarning(describeUnreadable(box));
  if (quiet) {
    const ids = [...boxes.map(({ record }) => record.id), ...unreadable.map(({ id }) => id)];
    for (const id of ids) printLine(trunc ? id.slice(0, 12) : id);
    return;
  }
  const bytes = measured ? await Promise.all(boxes.map((box) => engine().boxes.measure(box))) : [];
  const stale = await engine().boxes.withStaleNames(boxes);
  const rows = boxes.map((box, i) => {
    const row = describeRow(box, { trunc, bytes: bytes[i] });
    // As in Docker, the image's ID stands for a name that it no longer has.
    return stale.has(box.record.id)
      ? Object.assign(row, { Image: shownId(box.record.image.id, trunc) })
      : row;
  });
  rows.push(...unreadable.map((box) => unreadableRow(box, trunc)));
  const columns = size ? [...COLUMNS, ["SIZE", "Size"] satisfies Column] : COLUMNS;
  await printRows(columns, rows, { format, trunc, fields: BOX_FIELDS, type: TYPE });
}
