import { Command } from "commander";
import { describeUsage, USAGE_FIELDS } from "../docker/boxes/stats.js";
import { checkListFormat } from "../docker/format.js";
import { engine } from "./engine.js";
import { explain, type Notes } from "./help/notes.js";
import { printLine, printScreen } from "./output/print.js";
import { formatRows, type Column } from "./output/rows.js";

interface StatsFlags {
  all?: boolean;
  host?: boolean;
  format?: string;
  stream: boolean;
  trunc: boolean;
}

const COLUMNS: Column[] = [
  ["CONTAINER ID", "ID"],
  ["NAME", "Name"],
  ["CPU %", "CPUPerc"],
  ["MEM USAGE / LIMIT", "MemUsage"],
  ["MEM %", "MemPerc"],
  ["NET I/O", "NetIO"],
  ["BLOCK I/O", "BlockIO"],
  ["PIDS", "PIDs"],
];

/** Docker has no such column, so it is only shown on request. */
const HOST_COLUMN: Column = ["HOST MEM", "HostMem"];

const NOTES: Notes = {
  text: [
    "Shows the resource usage of each box within its VM, once a second until Ctrl-C. 100% CPU is one CPU. Memory is all memory that is not available to programs, without the page cache. Network counts the interfaces of the VM; --network tsi has none. HOST MEM is the memory of all processes that the host runs for the box, including the memory of its VM; pages shared by several boxes count in equal parts.",
  ],
  examples: [["box stats"], ["box stats --no-stream --format '{{.Name}} {{.CPUPerc}}' web"]],
};

export function command(): Command {
  return explain(new Command("stats"), NOTES)
    .argument("[box...]", "names or IDs of boxes (default: all running)")
    .option("-a, --all", "show all boxes (default: only running)")
    .option(
      "--format <format>",
      "format output as json or by a Go template, such as '{{.Name}} {{.MemUsage}}'",
    )
    .option("--host", "also show the memory that each box takes on the host")
    .option("--no-stream", "show one result and exit")
    .option("--no-trunc", "do not truncate output")
    .action(stats);
}

async function stats(names: string[], { all, host, format, stream, trunc }: StatsFlags): Promise<void> {
  await checkListFormat(format);
  const columns = host ? [...COLUMNS, HOST_COLUMN] : COLUMNS;
  let first = true;
  for await (const usages of engine().boxes.stats(names, { all })) {
    const rows = usages.map((usage, i) => describeUsage(usage, { trunc, given: names[i] }));
    await show(columns, rows, { format, stream, trunc }, first);
    if (!stream) return;
    first = false;
  }
}

/** On a terminal, each table replaces the previous one. */
async function show(
  columns: Column[],
  rows: Record<string, string>[],
  { format, stream, trunc }: { format: string | undefined; stream: boolean; trunc: boolean },
  first: boolean,
): Promise<void> {
  const lines = await formatRows(columns, rows, {
    ...{
      format,
      trunc,
      fields: USAGE_FIELDS,
      headings: { HostMem: "HOST MEM" },
      type: "container.statsContext",
    },
  });
  if (!process.stdout.isTTY || !stream) {
    for (const line of lines) printLine(line);
    return;
  }
  printScreen(lines, first);
}
