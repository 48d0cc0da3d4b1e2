/**
 * Wraps a line at blanks and after commas; continuation lines are indented by two more columns. A word that is longer
 * than a line, such as a path, is not broken.
 * @param width columns of the terminal; undefined if the output is not a terminal: no wrapping
 */
export function wrapLine(line: string, width: number | undefined): string[] {
  if (width === undefined || line.length <= width) return [line];
  const indent = /^ */.exec(line)?.[0] ?? "";
  const lines: string[] = [];
  let current = "";
  for (const part of line.slice(indent.length).match(/[^ ,]*(?:,+ *| +)|[^ ,]+$/g) ?? []) {
    const start = lines.length === 0 ? indent : `${indent}  `;
    if (current !== "" && start.length + `${current}${part}`.trimEnd().length > width) {
      lines.push(`${start}${current.trimEnd()}`);
      current = "";
    }
    current += part;
  }
  const start = lines.length === 0 ? indent : `${indent}  `;
  return [...lines, `${start}${current.trimEnd()}`];
}
