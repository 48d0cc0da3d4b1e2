import type { Row } from "./page.js";

const INDENT = 2;
const GAP = 2;
/** If a description would be narrower than this, it goes below its term. */
const MIN_TEXT = 24;
/** Units that are not broken: words, and a short default with its label. */
const UNBROKEN = /\(default: [^() ]{1,12}\)|\S+/g;

/** Wraps words; a word that is longer than a line is not broken. @param hang indent of all lines but the first */
export function wrapWords(words: readonly string[], width: number, indent = 0, hang = indent): string[] {
  const lines: string[] = [];
  let line = " ".repeat(indent);
  let empty = true;
  for (const word of words) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = " ".repeat(hang);
      empty = true;
    }
    line += `${empty ? "" : " "}${word}`;
    empty = false;
  }
  return empty ? lines : [...lines, line];
}

export function wrapText(text: string, width: number, indent = 0, hang = indent): string[] {
  return wrapWords(text.match(UNBROKEN) ?? [], width, indent, hang);
}

/** The column in which descriptions begin: after all terms that leave enough space for them. */
export function columnOf(rows: readonly Row[], width: number): number {
  const most = Math.max(Math.floor(width * 0.42), width - 76) - INDENT - GAP;
  const fitting = rows.map(({ term }) => term.length).filter((length) => length <= most);
  return INDENT + Math.max(...fitting, 8) + GAP;
}

/** Lays out terms on the left and descriptions on the right; the description of a long term goes below it. */
export function layOutRows(rows: readonly Row[], width: number, column = columnOf(rows, width)): string[] {
  return rows.flatMap(({ term, text }) => {
    const start = /^ */.exec(term)?.[0].length ?? 0;
    const terms = wrapText(term, width, INDENT + start, INDENT + start + 4);
    const narrow = width - column < MIN_TEXT;
    const below = wrapText(text, width, narrow ? INDENT + 8 : column);
    const [first = ""] = terms;
    if (narrow || terms.length > 1 || first.length + GAP > column || below.length === 0)
      return [...terms, ...below];
    return [`${first.padEnd(column)}${(below[0] ?? "").trimStart()}`, ...below.slice(1)];
  });
}

/** Splits a shell command line; a quoted string, `$(…)`, or a short flag with its value is one word. */
export function shellWords(line: string): string[] {
  return line.match(/(?:(?<!\S)-\w (?!-)|'[^']*'|"[^"]*"|\$\([^)]*\)|[^\s'"$]|\$)+/g) ?? [];
}

/** Wraps a command line where a shell allows it. */
function layOutCommand(line: string, width: number): string[] {
  if (INDENT + line.length <= width) return [" ".repeat(INDENT) + line];
  const lines = wrapWords(shellWords(line), width - 2, INDENT, INDENT + 4);
  return lines.map((each, i) => (i < lines.length - 1 ? `${each} \\` : each));
}

/** Lays out examples in two columns or, if they do not fit, with each comment above its command. */
export function layOutExamples(
  examples: readonly (readonly [line: string, comment?: string])[],
  width: number,
): string[] {
  const column =
    INDENT + Math.max(...examples.map(([line, comment]) => (comment === undefined ? 0 : line.length))) + 3;
  const fits = examples.every(([, comment = ""]) => comment === "" || column + 2 + comment.length <= width);
  return examples.flatMap(([line, comment]) => {
    if (comment === undefined) return layOutCommand(line, width);
    if (fits) return [`${" ".repeat(INDENT)}${line}`.padEnd(column) + `# ${comment}`];
    return [...wrapText(`# ${comment}`, width, INDENT, INDENT + 2), ...layOutCommand(line, width)];
  });
}
