import { BoxError } from "../errors.js";
import { visible } from "../config/syntax/visible.js";

type Fields = Readonly<Record<string, unknown>>;

function invalid(format: string, reason: string): BoxError {
  return new BoxError("invalid-format", `"${format.slice(0, 80)}" ${reason}`, {
    subject: "format",
    hint: "write json, or a template such as '{{.Name}}' or 'table {{.Name}}\\t{{.Driver}}'",
  });
}

function look(value: unknown, path: string, format: string): unknown {
  let found = value;
  for (const key of path.split(".").filter(Boolean)) {
    const fields = typeof found === "object" && found !== null ? (found as Fields) : {};
    if (!Object.hasOwn(fields, key)) {
      // Like a missing key of a map in Go; a missing field of a struct is an error.
      if (Object.getPrototypeOf(fields) === null) return "<no value>";
      const known = Object.keys(fields);
      throw invalid(
        format,
        `has an unknown field .${key}${known.length > 0 ? `; known fields: ${known.join(", ")}` : ""}`,
      );
    }
    found = fields[key];
  }
  return found;
}

function show(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? visible(value) : JSON.stringify(value);
}

/** `{{.A.B}}` and `{{json .A}}`: the part of Go's text/template that scripts use. */
const ACTION = /\{\{\s*(json\s+)?(\.[\w.]*)\s*\}\}/g;

/**
 * Fills in a template as Docker's `--format` does.
 * @throws BoxError invalid-format if it has an unknown field, or uses more than fields and `json`
 */
export function fillTemplate(format: string, fields: Fields): string {
  const escaped = format.replaceAll("\\t", "\t").replaceAll("\\n", "\n");
  const filled = escaped.replace(ACTION, (_, json: string | undefined, path: string) => {
    const value = look(fields, path, format);
    return json === undefined ? show(value) : JSON.stringify(value);
  });
  const rest = escaped.replace(ACTION, "");
  if (rest.includes("{{")) throw invalid(format, "is not a supported template");
  return filled;
}

/**
 * Checks the `--format` of a list before the first row is available.
 * @param fields names of the fields of a row; those in `maps` accept any key
 * @throws BoxError invalid-format
 */
export function checkListFormat(
  format: string | undefined,
  fields: readonly string[],
  maps: readonly string[] = [],
): void {
  if (format === undefined || format === "json") return;
  const sample = fields.map((name) => [name, maps.includes(name) ? Object.create(null) : ""] as const);
  fillTemplate(format.replace(/^table /, ""), Object.fromEntries(sample));
}

/** The heading of a `table …` template, in which `{{.CreatedAt}}` becomes `CREATED AT`. */
function heading(format: string): string {
  return format.replaceAll("\\t", "\t").replace(ACTION, (_, __, path: string) =>
    path
      .slice(1)
      .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
      .toUpperCase(),
  );
}

/**
 * Formats the rows of a list for `--format`: `json` is one object per line, `table …` a table with a heading, anything
 * else a template with one line per row.
 * @param width columns of the terminal; undefined if the output is not a terminal
 * @throws BoxError invalid-format
 */
export async function formatList(format: string, rows: Fields[], width?: number): Promise<string[]> {
  if (format === "json") return rows.map((row) => JSON.stringify(row));
  if (!format.startsWith("table ")) return rows.map((row) => fillTemplate(format, row));
  const template = format.slice("table ".length);
  const { formatTable } = await import("./table.js");
  const cells = (line: string) => line.split("\t");
  return formatTable(
    cells(heading(template)),
    rows.map((row) => cells(fillTemplate(template, row))),
    width,
  );
}
