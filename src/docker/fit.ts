/** Headings of columns whose cells may be cut: what is left of them still says what they are. */
const CUT = new Set(["IMAGE", "COMMAND", "CMD", "CREATED BY", "COMMENT"]);
/** Columns that are folded before all others. */
const FOLDED_FIRST = new Set(["PORTS"]);
const LEAST_CUT = 10;
const LEAST_FOLDED = 6;
/** Characters that are shown of a cell in several lines. */
const MOST_FOLDED = 1024;

interface Column {
  heading: string;
  width: number;
  /** The longest word of it, heading included. */
  word: number;
}

export interface Layout {
  widths: number[];
  gap: number;
}

/** Breaks a cell at blanks and after commas, and within a word that is longer than a line. */
export function foldCell(text: string, width: number): string[] {
  const shown = text.length > MOST_FOLDED ? `${text.slice(0, MOST_FOLDED - 1)}…` : text;
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

/** The lines of a cell in a column that may be narrower. */
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

/** Takes from the widest of some columns until all fit, or each is as narrow as it may be. */
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
 * The widths of columns in which a table fits a terminal: those that may be cut are narrowed first, then the gap, then
 * cells get several lines, names last.
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
  excess = squeeze(cut, excess, ({ heading }) => Math.max(heading.length, LEAST_CUT));
  let shown = gap;
  const narrowGap = (least: number) => {
    const to = excess > 0 ? Math.min(shown, least) : shown;
    excess -= (shown - to) * (widths.length - 1);
    shown = to;
  };
  narrowGap(2);
  const first = others.filter(({ heading }) => FOLDED_FIRST.has(heading));
  for (const some of [first, others]) excess = squeeze(some, excess, ({ word }) => word);
  // From here on, words are broken.
  narrowGap(1);
  for (const some of [first, columns]) excess = squeeze(some, excess, () => LEAST_FOLDED);
  return { widths: columns.map((column) => column.width), gap: shown };
}
