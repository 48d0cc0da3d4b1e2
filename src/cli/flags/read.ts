import type { DocumentInput } from "../../config/box-document.js";
import { parseEnvFile } from "../../config/syntax/env-file.js";
import { parseLabelFile } from "../../config/syntax/label.js";
import { quote } from "../../config/syntax/quote.js";
import { naming } from "../../errors.js";
import { callerEnvironment } from "../../host/caller-environment.js";
import { keeping, longName, takesValue, type Line } from "./lines.js";
import type { Fields } from "./merge.js";
import { readFlagFile } from "./read-file.js";

/** What commander keeps as `memoryReservation`, by the flag's name. */
function byName(flags: object): Map<string, unknown> {
  return new Map(
    Object.entries(flags).map(([attribute, value]: [string, unknown]) => [
      `--${attribute.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      value,
    ]),
  );
}

/** The values of a flag as its notation has made them, in order; none where it is not given. */
function valuesOf(line: Line, given: ReadonlyMap<string, unknown>): unknown[] {
  const name = longName(line);
  // Commander keeps false of `--no-cache` as `cache`.
  if (name.startsWith("--no-")) return given.get(`--${name.slice(5)}`) === false ? [line.value] : [];
  const values = [given.get(name), line.alias && given.get(line.alias)].filter(
    (value) => value !== undefined,
  );
  if (!takesValue(line)) return values.includes(true) ? [line.value] : [];
  if (keeping(line) !== "last") return values.flat();
  return values.slice(0, 1).map((value) => (value === 0 && line.zero !== undefined ? line.zero : value));
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
function put(fields: Fields, path: string, value: unknown, kept: ReturnType<typeof keeping>): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  const place = names.reduce<Fields>((below, name) => (below[name] ??= {}) as Fields, fields);
  if (kept === "list") ((place[last] ??= []) as unknown[]).push(value);
  else if (kept === "record") {
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
  const given = byName(flags);
  const fields: Fields = {};
  for (const line of [...lines].sort((one, other) => rank(one) - rank(other))) {
    const { path, as } = line;
    const values = path === undefined ? [] : valuesOf(line, given);
    if (path === undefined || values.length === 0) continue;
    const kept = keeping(line);
    const found = rank(line) === 0 ? await readPairs(line, values as string[]) : values;
    for (const value of found) {
      if (as !== "mount") put(fields, path, value, kept);
      else for (const [place, text] of Object.entries(value as Fields)) put(fields, place, text, kept);
    }
  }
  return fields;
}
