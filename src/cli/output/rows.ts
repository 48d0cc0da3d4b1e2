import { printLine } from "./print.js";
import { formatList, type Row } from "../../docker/format.js";
import { formatTable } from "../../docker/table.js";
import { tableWidth } from "./width.js";

/** Heading and field name of a column. */
export type Column = [heading: string, field: string];

export interface RowOptions {
  /** `--format`; undefined, empty or `table`: a table of the columns */
  format?: string | undefined;
  /** false: lines may be longer than the terminal is wide */
  trunc?: boolean;
  /** Names of all fields that templates can use. */
  fields?: readonly string[];
  /** Headings of fields that have no column of their own, where they do not follow from the name. */
  headings?: Readonly<Record<string, string>>;
  /** Docker's type of the rows, for error messages. */
  type?: string;
}

function textOf(row: Row, field: string): string {
  const value = row[field];
  return typeof value === "string" ? value : "";
}

/** Formats rows as a table for the terminal, or as `--format` says. */
export async function formatRows(
  columns: Column[],
  rows: readonly Row[],
  { format = "", trunc = true, fields = [], headings: others = {}, type }: RowOptions = {},
): Promise<string[]> {
  const width = trunc ? tableWidth() : undefined;
  if (format !== "" && format !== "table") {
    const own = Object.fromEntries(columns.map(([heading, field]) => [field, heading]));
    const headings = { ...others, ...own };
    return formatList(format, rows, fields, { headings, width, ...(type === undefined ? {} : { type }) });
  }
  return formatTable(
    columns.map(([heading]) => heading),
    rows.map((row) => columns.map(([, field]) => textOf(row, field))),
    width,
  );
}

/** Prints rows as a table, or as `--format` says. */
export async function printRows(
  columns: Column[],
  rows: readonly Row[],
  options: RowOptions = {},
): Promise<void> {
  for (const line of await formatRows(columns, rows, options)) printLine(line);
}
