import { innermost, type DocumentInput } from "../../config/box-document.js";
import { parseEnvFile } from "../../config/syntax/env-file.js";
import { parseLabelFile } from "../../config/syntax/label.js";
import { quote } from "../../config/syntax/quote.js";
import { naming } from "../../errors.js";
import { callerEnvironment } from "../../host/caller-environment.js";
import { isList, longName, takesValue, type Line } from "./lines.js";
import type { Fields } from "./merge.js";
import { readFlagFile } from "./read-file.js";

/** Under which commander keeps the values of a flag: `memoryReservation`, and `cache` of `--no-cache`. */
function attributeOf(name: string): string {
  return name.replace(/^--(no-)?/, "").replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The values of a flag as its notation has made them, in order; none where it is not given. */
function valuesOf(line: Line, given: ReadonlyMap<string, unknown>): unknown[] {
  const names = [longName(line), ...(line.alias === undefined ? [] : [line.alias])];
  const values = names.flatMap((name) => {
    const value = given.get(attributeOf(name));
    if (value === 0 && line.zero !== undefined) return [line.zero];
    return value === undefined ? [] : [value];
  });
  if (!takesValue(line)) return values.includes(!longName(line).startsWith("--no-")) ? [line.value] : [];
  return isList(line) ? values.flat() : values.slice(0, 1);
}

/** The pairs of the files that a flag names. @throws BoxError invalid-env-file, invalid-label-file, invalid-file */
async function readPairs(line: Line, paths: readonly string[]): Promise<[string, string][]> {
  const caller = callerEnvironment(process.env);
  const files = await Promise.all(
    paths.map(async (path) => {
      const bytes = await readFlagFile(path, longName(line));
      return naming(`${longName(line)} ${quote(path)}`, () =>
        line.as === "env-file" ? parseEnvFile(bytes, caller) : parseLabelFile(bytes),
      );
    }),
  );
  return files.flat();
}

/** Puts a value into its place; one of a list behind those that are there, one of a record under its name. */
function put(fields: Fields, path: string, value: unknown, type: string): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  const place = names.reduce<Fields>((below, name) => (below[name] ??= {}) as Fields, fields);
  if (type === "array") ((place[last] ??= []) as unknown[]).push(value);
  else if (type === "record") {
    const [key, text] = value as [string, string];
    // An assignment to `__proto__` would be none.
    const record = (place[last] ??= {}) as Fields;
    Object.defineProperty(record, key, { value: text, writable: true, enumerable: true, configurable: true });
  } else place[last] = value;
}

/** What is in files holds less than what flags say themselves; a tmpfs of --mount stands behind those of --tmpfs. */
function rank({ as }: Line): number {
  return as === "env-file" || as === "label-file" ? 0 : as === "mount" ? 2 : 1;
}

/**
 * What flags say of a box, in the fields of a document; what they do not say is not there.
 * @param flags what commander has read
 * @throws BoxError of files that flags name
 */
export async function fieldsOf(lines: readonly Line[], flags: object): Promise<DocumentInput> {
  const given = new Map<string, unknown>(Object.entries(flags));
  const fields: Fields = {};
  for (const line of [...lines].sort((one, other) => rank(one) - rank(other))) {
    const { path, schema, as } = line;
    const values = valuesOf(line, given);
    if (path === undefined || schema === undefined || values.length === 0) continue;
    const type = isList(line) ? innermost(schema)._zod.def.type : "one";
    const found = rank(line) === 0 ? await readPairs(line, values as string[]) : values;
    for (const value of found) {
      if (as !== "mount") put(fields, path, value, type);
      else for (const [place, text] of Object.entries(value as Fields)) put(fields, place, text, type);
    }
  }
  return fields;
}
