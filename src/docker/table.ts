import { fitCell, fitColumns, type Layout } from "./fit.js";
import { visible } from "../config/syntax/visible.js";
import { columnsOf, GAP, MIN_WIDTH } from "./width.js";

/** Maximum column width, in characters: enough for names, references, IDs and digests. */
const MAX_PADDED = 256;

/** The width of a column. Longer cells are ignored: they push aside the rest of their own row only. */
function widthOfColumn(lines: string[][], column: number): number {
  return lines.reduce((width, line) => {
    const cell = line[column] ?? "";
    return cell.length > MAX_PADDED ? width : Math.max(width, columnsOf(cell));
  }, 0);
}

/** Lays out rows as Docker does: all cells but the last are padded, even if nothing follows. */
function alignRow(row: readonly string[], widths: readonly number[], minWidth: number): string {
  const cells = row.map((cell, column) => {
    if (column === row.length - 1) return cell;
    const width = Math.max(minWidth, (widths[column] ?? 0) + GAP);
    return cell + " ".repeat(Math.max(GAP, width - columnsOf(cell)));
  });
  return cells.join("");
}

/** The lines of one row: as many as its tallest cell has. */
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
 * Formats rows as a table with columns three blanks apart, as Docker does. Cells are escaped, so that none can pass for
 * another line or column. To fit a terminal, images and commands are truncated and all other cells are wrapped.
 * @param width columns of the terminal; undefined if the output is not a terminal, or nothing is to be truncated
 * @param minWidth of a column and the gap after it
 */
export function formatTable(
  header: string[],
  rows: string[][],
  width?: number,
  minWidth = MIN_WIDTH,
): string[] {
  const lines = [header, ...rows.map((row) => row.map(visible))];
  const widths = header.map((_, column) => widthOfColumn(lines, column));
  const aligned = lines.map((line) => alignRow(line, widths, minWidth));
  if (width !== undefined && aligned.some((line) => columnsOf(line) > width)) {
    const layout = fitColumns(header, widths, (column) => lines.map((line) => line[column] ?? ""), {
      gap: GAP,
      width,
    });
    return lines.flatMap((line) => layOutRow(header, line, layout));
  }
  return aligned;
}
