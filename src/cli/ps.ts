import { Command } from "commander";
import { describeUnreadable, surveyBoxes } from "../vm/box/find.js";
import { describeRow, isUp, unreadableRow } from "../docker/boxes/rows.js";
import { parseBoxFilters, selectBoxes } from "../docker/boxes/filters.js";
import { collect, parseWhole } from "./flags/parse.js";
import { printLine, printWarning } from "./output/print.js";
import { printRows, type Column } from "./output/rows.js";
import { currentHome } from "./store.js";

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
  ["BOX ID", "ID"],
  ["IMAGE", "Image"],
  ["COMMAND", "Command"],
  ["CREATED", "RunningFor"],
  ["STATUS", "Status"],
  ["PORTS", "Ports"],
  ["NAMES", "Names"],
];

const EXAMPLES = `
Filters: id, name, label, status (created, running, paused, restarting, exited), health (starting, healthy, unhealthy,
none), exited (a code), ancestor (an image), before and since (a box), volume, network.

Examples:
  box ps -a
  box rm $(box ps -aq -f status=exited)
  box ps --format '{{.Names}} {{.Status}}'`;

export function command(): Command {
  return new Command("ps")
    .option("-a, --all", "boxes that do not run as well")
    .option("-f, --filter <NAME=VALUE>", "only those that fit", collect)
    .option("--format <format>", "json, or a template such as '{{.ID}} {{.Names}}'")
    .option(
      "-n, --last <number>",
      "the newest so many, whether they run or not",
      parseWhole("-n", 0, 1_000_000),
    )
    .option("-l, --latest", "the newest one, whether it runs or not")
    .option("--no-trunc", "show ids and commands whole")
    .option("-q, --quiet", "ids only")
    .option("-s, --size", "show what the writable layer takes on the disk")
    .addHelpText("after", EXAMPLES)
    .action(list);
}

async function list(flags: PsFlags): Promise<void> {
  const filters = parseBoxFilters(flags.filter ?? []);
  const survey = await surveyBoxes(currentHome());
  const boxes = selectBoxes(survey.boxes, filters);
  for (const box of survey.unreadable) printWarning(describeUnreadable(box));
  const last = flags.latest ? 1 : flags.last;
  // As with Docker, a filter by status asks for those that do not run by itself.
  const all = flags.all === true || last !== undefined || filters.has("status") || filters.has("exited");
  const shown = boxes.filter(({ state }) => all || isUp(state)).slice(0, last);
  const size = flags.size ?? false;
  // Nobody knows which filter they pass.
  const unreadable = flags.all === true && filters.size === 0 && last === undefined ? survey.unreadable : [];
  if (flags.quiet) {
    const ids = [...shown.map(({ record }) => record.id), ...unreadable.map(({ id }) => id)];
    for (const id of ids) printLine(flags.trunc ? id.slice(0, 12) : id);
    return;
  }
  const rows = await Promise.all(shown.map((box) => describeRow(box, { trunc: flags.trunc, size })));
  rows.push(...unreadable.map((box) => unreadableRow(box, flags.trunc)));
  const columns = size ? [...COLUMNS, ["SIZE", "Size"] satisfies Column] : COLUMNS;
  await printRows(columns, rows, flags.format === "table" ? undefined : flags.format);
}
