import { fitCell, fitColumns, type Layout } from "./fit.js";
import { visible } from "../config/syntax/visible.js";

/** Characters of the longest cell that others in its column are padded to: names, references, ids and digests fit. */
const MOST_PADDED = 256;

/** A longer cell moves what follows it in its own row, and no other row grows by it. */
function widthOfColumn(lines: string[][], column: number): number {
  return lines.reduce((width, line) => {
    const { length } = line[column] ?? "";
    return length > MOST_PADDED ? width : Math.max(width, length);
  }, 0);
}

const GAP = 3;

/** One row: as many lines as its tallest cell. */
function layOutRow(headings: readonly string[], row: readonly string[], { widths, gap }: Layout): string[] {
  const cells = row.map((cell, i) => fitCell(headings[i] ?? "", cell, widths[i] ?? cell.length));
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((lines, i) => (lines[line] ?? "").padEnd(widths[i] ?? 0))
      .join(" ".repeat(gap))
      .trimEnd(),
  );
}

/**
 * Lays rows out in columns, three blanks apart, as Docker's tables. No cell can pass for a line or a column. Where a
 * terminal is too narrow, images and commands are cut, and all else gets several lines.
 * @param width columns of the terminal; undefined when the output is not one, or nothing is to be cut.
 */
export function formatTable(header: string[], rows: string[][], width?: number): string[] {
  const lines = [header, ...rows.map((row) => row.map(visible))];
  const widths = header.map((_, column) => widthOfColumn(lines, column));
  if (width !== undefined) {
    const layout = fitColumns(header, widths, (column) => lines.map((line) => line[column] ?? ""), {
      gap: GAP,
      width,
    });
    return lines.flatMap((line) => layOutRow(header, line, layout));
  }
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
}
