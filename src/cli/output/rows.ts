import { printLine } from "./print.js";
import { formatTable } from "./table.js";
import { formatList } from "./template.js";
import { widthOf } from "./width.js";

/** Heading and field of a column. */
export type Column = [heading: string, field: string];

/** Prints rows as a table, or as `--format` has them. */
export async function printRows(
  columns: Column[],
  rows: Record<string, string>[],
  format: string | undefined,
): Promise<void> {
  const width = widthOf(process.stdout);
  const lines =
    format === undefined
      ? formatTable(
          columns.map(([heading]) => heading),
          rows.map((row) => columns.map(([, field]) => row[field] ?? "")),
          width,
        )
      : await formatList(format, rows, width);
  for (const line of lines) printLine(line);
}
