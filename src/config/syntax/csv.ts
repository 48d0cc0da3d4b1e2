/**
 * Splits one line of comma-separated values (RFC 4180): a quoted field may contain commas and doubled quotes.
 * @returns undefined if the quotes are malformed
 */
export function splitCsv(line: string): string[] | undefined {
  const fields: string[] = [];
  for (let at = 0; at <= line.length;) {
    if (line[at] !== '"') {
      const comma = line.indexOf(",", at);
      const end = comma < 0 ? line.length : comma;
      const field = line.slice(at, end);
      if (/["\n]/.test(field)) return undefined;
      fields.push(field);
      at = end + 1;
      continue;
    }
    let end = at + 1;
    while (end < line.length && (line[end] !== '"' || line[end + 1] === '"'))
      end += line[end] === '"' ? 2 : 1;
    if (line[end] !== '"' || (end + 1 < line.length && line[end + 1] !== ",")) return undefined;
    fields.push(line.slice(at + 1, end).replaceAll('""', '"'));
    at = end + 2;
  }
  return fields;
}

/** Joins fields to a line; `splitCsv(joinCsv(f))` returns `f`. */
export function joinCsv(fields: readonly string[]): string {
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",");
}
