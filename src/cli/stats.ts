import { Command } from "commander";
import { describeUsage, USAGE_FIELDS } from "../docker/boxes/stats.js";
import { checkListFormat } from "../docker/format.js";
import { engine } from "./engine.js";
import { explain, type Notes } from "./help/notes.js";
import { printLine, printScreen } from "./output/print.js";
import { formatRows, type Column } from "./output/rows.js";

interface StatsFlags {
  all?: boolean;
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

const NOTES: Notes = {
  text: [
    "Shows the resource usage of each box within its VM, once a second until Ctrl-C. 100% CPU is one CPU. Memory is all memory that is not available to programs, without the page cache. Network counts the interfaces of the VM; --network tsi has none.",
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
    .option("--no-stream", "show one result and exit")
    .option("--no-trunc", "do not truncate output")
    .action(stats);
}

async function stats(names: string[], { all, format, stream, trunc }: StatsFlags): Promise<void> {
  await checkListFormat(format);
  let first = true;
  for await (const usages of engine().boxes.stats(names, { all })) {
    const rows = usages.map((usage, i) => describeUsage(usage, { trunc, given: names[i] }));
    await show(rows, { format, stream, trunc }, first);
    if (!stream) return;
    first = false;
  }
}

/** On a terminal, each table replaces the previous one. */
async function show(
  rows: Record<string, string>[],
  { format, stream, trunc }: { format: string | undefined; stream: boolean; trunc: boolean },
  first: boolean,
): Promise<void> {
  const lines = await formatRows(COLUMNS, rows, {
    ...{ format, trunc, fields: USAGE_FIELDS, type: "container.statsContext" },
  });
  if (!process.stdout.isTTY || !stream) {
    for (const line of lines) printLine(line);
    return;
  }
  printScreen(lines, first);
}
