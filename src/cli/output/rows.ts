import { printLine } from "./print.js";
import { formatTable } from "../../docker/table.js";
import { formatList } from "../../docker/template.js";
import { widthOf } from "./width.js";

/** Heading and field name of a column. */
export type Column = [heading: string, field: string];

/**
 * Formats rows as a table for the terminal, or as `--format` says.
 * @param trunc false: lines may be longer than the terminal is wide
 */
export async function formatRows(
  columns: Column[],
  rows: Record<string, string>[],
  format: string | undefined,
  trunc = true,
): Promise<string[]> {
  const width = trunc ? widthOf(process.stdout) : undefined;
  if (format !== undefined) return formatList(format, rows, width);
  return formatTable(
    columns.map(([heading]) => heading),
    rows.map((row) => columns.map(([, field]) => row[field] ?? "")),
    width,
  );
}

/** Prints rows as a table, or as `--format` says. */
export async function printRows(
  columns: Column[],
  rows: Record<string, string>[],
  format: string | undefined,
  trunc = true,
): Promise<void> {
  for (const line of await formatRows(columns, rows, format, trunc)) printLine(line);
}
