import type { Command } from "commander";
import { formatWhole } from "../../docker/format.js";
import { describeAll, describeDetails, describeShares } from "../../docker/system/df.js";
import { formatTable } from "../../docker/table.js";
import { engine } from "../engine.js";
import { printLine, printRaw } from "../output/print.js";
import { printRows, type Column } from "../output/rows.js";
import { tableWidth } from "../output/width.js";

const COLUMNS: Column[] = [
  ["TYPE", "Type"],
  ["TOTAL", "TotalCount"],
  ["ACTIVE", "Active"],
  ["SIZE", "Size"],
  ["RECLAIMABLE", "Reclaimable"],
];

async function df({ verbose = false, format }: { verbose?: boolean; format?: string }): Promise<void> {
  const usage = await engine().system.usage();
  if (!verbose) return printRows(COLUMNS, describeShares(usage, { own: format === undefined }), { format });
  if (format !== undefined && format !== "" && format !== "table") {
    const { text, error } = await formatWhole(format, describeAll(usage));
    printRaw(text);
    if (error !== undefined) throw error;
    return;
  }
  const width = tableWidth();
  const tables = describeDetails(usage).flatMap(({ heading, columns, rows }, i) => [
    ...(i > 0 ? [""] : []),
    heading,
    "",
    ...formatTable(columns, rows, width),
  ]);
  for (const line of tables) printLine(line);
}

export function addDf(command: Command): Command {
  return command
    .option("-v, --verbose", "show detailed information on space usage")
    .option("--format <format>", "format output as json or by a Go template, such as '{{.Type}} {{.Size}}'")
    .action(df);
}
