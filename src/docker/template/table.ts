import { columnsOf, GAP, MIN_WIDTH } from "../width.js";

/**
 * Lays out lines whose cells end with tabs, as Go's tabwriter does: a column ends at the first
 * line without it, and the rest of a line after its last tab is in no column.
 */
export function tabulate(text: string): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const shown = lines.map(() => "");
  const append = (at: number, text: string) => (shown[at] = `${shown[at] ?? ""}${text}`);
  // The lines of each block are laid out by their first column, then in blocks by the next one.
  const blocks: { from: number; to: number; column: number }[] = [{ from: 0, to: lines.length, column: 0 }];
  for (let block = blocks.pop(); block; block = blocks.pop()) {
    const { column } = block;
    const isIn = (at: number) => column < (lines[at]?.length ?? 0) - 1;
    for (let from = block.from; from < block.to; from++) {
      if (!isIn(from)) {
        append(from, lines[from]?.[column] ?? "");
        continue;
      }
      let to = from;
      let width = MIN_WIDTH;
      for (; to < block.to && isIn(to); to++) {
        width = Math.max(width, columnsOf(lines[to]?.[column] ?? "") + GAP);
      }
      for (let at = from; at < to; at++) {
        const cell = lines[at]?.[column] ?? "";
        append(at, cell + " ".repeat(width - columnsOf(cell)));
      }
      blocks.push({ from, to, column: column + 1 });
      from = to - 1;
    }
  }
  return shown.join("\n");
}
