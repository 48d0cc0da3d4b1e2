/** Headings of columns whose cells may be truncated, because the rest of a cell still identifies it. */
const CUT = new Set(["IMAGE", "COMMAND", "CMD", "CREATED BY", "COMMENT"]);
/** Columns to wrap before all others. */
const FOLDED_FIRST = new Set(["PORTS"]);
const MIN_CUT = 10;
const MIN_FOLDED = 6;
/** Maximum number of characters of a wrapped cell. */
const MAX_FOLDED = 1024;

interface Column {
  heading: string;
  width: number;
  /** Length of its longest word, including the heading. */
  word: number;
}

export interface Layout {
  widths: number[];
  gap: number;
}

/** Wraps a cell at blanks and after commas, and inside words that are longer than a line. */
export function foldCell(text: string, width: number): string[] {
  const shown = text.length > MAX_FOLDED ? `${text.slice(0, MAX_FOLDED - 1)}…` : text;
  const lines: string[] = [];
  let line = "";
  for (const part of shown.match(/[^ ,]*(?:,+ *| +)|[^ ,]+$/g) ?? []) {
    if (line !== "" && `${line}${part}`.trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += part;
    while (line.trimEnd().length > width) {
      lines.push(line.slice(0, width));
      line = line.slice(width);
    }
  }
  return [...lines, line.trimEnd()];
}

/** The lines of a cell in a column of the given width. */
export function fitCell(heading: string, text: string, width: number): string[] {
  if (text.length <= width) return [text];
  return CUT.has(heading) && text !== heading ? [`${text.slice(0, width - 1)}…`] : foldCell(text, width);
}

const longestWord = (cells: readonly string[]) =>
  cells.reduce(
    (longest, cell) =>
      (cell.match(/[^ ,]+,*/g) ?? []).reduce((most, { length }) => Math.max(most, length), longest),
    0,
  );

/** Narrows the widest columns one character at a time until all fit, or all have reached their minimum. */
function squeeze(columns: readonly Column[], excess: number, least: (column: Column) => number): number {
  let left = excess;
  while (left > 0) {
    const wide = columns.filter((column) => column.width > least(column));
    const [widest] = wide.sort((one, other) => other.width - one.width);
    if (widest === undefined) break;
    widest.width--;
    left--;
  }
  return left;
}

/**
 * Returns column widths with which a table fits a terminal: columns that may be truncated are narrowed first, then the
 * gap; then cells are wrapped, names last.
 */
export function fitColumns(
  headings: readonly string[],
  widths: readonly number[],
  cellsOf: (column: number) => readonly string[],
  { gap, width }: { gap: number; width: number },
): Layout {
  let excess = widths.reduce((sum, each) => sum + each, 0) + gap * (widths.length - 1) - width;
  if (excess <= 0) return { widths: [...widths], gap };
  const columns = headings.map((heading, i) => ({
    heading,
    width: widths[i] ?? 0,
    word: longestWord([heading, ...cellsOf(i)]),
  }));
  const cut = columns.filter(({ heading }) => CUT.has(heading));
  const others = columns.filter(({ heading }) => !CUT.has(heading));
  excess = squeeze(cut, excess, ({ heading }) => Math.max(heading.length, MIN_CUT));
  let shown = gap;
  const narrowGap = (least: number) => {
    const to = excess > 0 ? Math.min(shown, least) : shown;
    excess -= (shown - to) * (widths.length - 1);
    shown = to;
  };
  narrowGap(2);
  const first = others.filter(({ heading }) => FOLDED_FIRST.has(heading));
  for (const some of [first, others]) excess = squeeze(some, excess, ({ word }) => word);
  // From here on, words are broken too.
  narrowGap(1);
  for (const some of [first, columns]) excess = squeeze(some, excess, () => MIN_FOLDED);
  return { widths: columns.map((column) => column.width), gap: shown };
}
