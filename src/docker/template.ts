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
      // A map of Go's, unlike a struct, may lack a key.
      if (Object.getPrototypeOf(fields) === null) return "<no value>";
      const known = Object.keys(fields);
      throw invalid(format, `asks for .${key}${known.length > 0 ? `; there are ${known.join(", ")}` : ""}`);
    }
    found = fields[key];
  }
  return found;
}

function show(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? visible(value) : JSON.stringify(value);
}

/** `{{.A.B}}` and `{{json .A}}`: what scripts use of Go's text/template. */
const ACTION = /\{\{\s*(json\s+)?(\.[\w.]*)\s*\}\}/g;

/**
 * Fills in a template as Docker's `--format` takes it.
 * @throws BoxError invalid-format when it asks for what is not there, or for more than fields and `json`
 */
export function fillTemplate(format: string, fields: Fields): string {
  const escaped = format.replaceAll("\\t", "\t").replaceAll("\\n", "\n");
  const filled = escaped.replace(ACTION, (_, json: string | undefined, path: string) => {
    const value = look(fields, path, format);
    return json === undefined ? show(value) : JSON.stringify(value);
  });
  const rest = escaped.replace(ACTION, "");
  if (rest.includes("{{")) throw invalid(format, "is not a template that box understands");
  return filled;
}

/**
 * Refuses the `--format` of a list before there is a row of it.
 * @param fields names of what a row has; any name may be in one of `maps`
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

/** What columns of a `table …` template are called: `{{.CreatedAt}}` stands under `CREATED AT`. */
function heading(format: string): string {
  return format.replaceAll("\\t", "\t").replace(ACTION, (_, __, path: string) =>
    path
      .slice(1)
      .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
      .toUpperCase(),
  );
}

/**
 * Rows of a list in the form that `--format` asks for: `json` is one object a line, `table …` a table with a heading,
 * anything else a template a line.
 * @param width columns of the terminal; undefined when the output is not one
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
