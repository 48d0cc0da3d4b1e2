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

/**
 * Lays rows out in columns, three blanks apart, as Docker's tables. No cell can pass for a line or a column. On a terminal, lines are cut at its width.
 * @param width columns of the terminal; undefined when the output is not one.
 */
export function formatTable(header: string[], rows: string[][], width?: number): string[] {
  const lines = [header, ...rows.map((row) => row.map(visible))];
  const widths = header.map((_, column) => widthOfColumn(lines, column));
  return lines.map((line) => {
    const text = line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("   ")
      .trimEnd();
    return width !== undefined && text.length > width ? `${text.slice(0, Math.max(width - 1, 1))}…` : text;
  });
}
