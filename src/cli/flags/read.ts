import type { DocumentInput } from "../../config/box-document.js";
import { checkMountPoints } from "../../config/spec/mounts.js";
import { parseEnvFile } from "../../config/syntax/env-file.js";
import { parseLabelFile } from "../../config/syntax/label.js";
import { quote } from "../../config/syntax/quote.js";
import { parseTmpfs } from "../../config/syntax/tmpfs.js";
import { naming } from "../../errors.js";
import { callerEnvironment } from "../../host/caller-environment.js";
import { keeping, longName, takesValue, type Line } from "./lines.js";
import type { Fields } from "../../config/merge.js";
import { networkFields } from "./networks.js";
import type { MountField } from "./notations.js";
import { readFlagFile } from "./read-file.js";

/** Flags by name; commander keeps `--memory-reservation` as `memoryReservation`. */
function byName(flags: object): Map<string, unknown> {
  return new Map(
    Object.entries(flags).map(([attribute, value]: [string, unknown]) => [
      `--${attribute.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      value,
    ]),
  );
}

/** The values of a flag, converted by its notation, in order; empty if it is not given. */
function valuesOf(line: Line, given: ReadonlyMap<string, unknown>): unknown[] {
  const name = longName(line);
  // Commander stores `--no-cache` as false under `cache`.
  if (name.startsWith("--no-")) return given.get(`--${name.slice(5)}`) === false ? [line.value] : [];
  const values = [given.get(name), line.alias && given.get(line.alias)].filter(
    (value) => value !== undefined,
  );
  // Also a flag with an optional value, without one.
  if (!takesValue(line) || values[0] === true) return values.includes(true) ? [line.value] : [];
  // Docker keeps one value for each variable of its flags, and all those of env files.
  if (line.as === "variable") return [...new Map(values.flat() as [string, unknown][])];
  if (keeping(line) !== "last") return values.flat();
  return values.slice(0, 1).map((value) => (value === 0 && line.zero !== undefined ? line.zero : value));
}

/** Reads the pairs in the files of a flag. @throws BoxError invalid-env-file, invalid-label-file, invalid-file */
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

/** Notations whose values are fields by path. */
const SEVERAL: ReadonlySet<Line["as"]> = new Set(["mount", "cpus", "pool"] as const);

/** Sets a field; a list is appended to, a record gets a property. */
function put(fields: Fields, path: string, value: unknown, kept: ReturnType<typeof keeping>): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  const place = names.reduce<Fields>((below, name) => (below[name] ??= {}) as Fields, fields);
  if (kept === "list") ((place[last] ??= []) as unknown[]).push(value);
  else if (kept === "record") {
    const [key, text] = value as [string, string];
    // Assigning to `__proto__` would not create a property.
    const record = (place[last] ??= {}) as Fields;
    Object.defineProperty(record, key, { value: text, writable: true, enumerable: true, configurable: true });
  } else place[last] = value;
}

/** Precedence: files come before other flags, and --mount after --tmpfs. */
function rank({ as }: Line): number {
  return as === "env-file" || as === "label-file" ? 0 : as === "mount" ? 2 : 1;
}

/** As in Docker, one `--tmpfs` replaces another, but a `--mount` does not. @throws BoxError duplicate-mount */
function checkTmpfsMounts(mounts: readonly MountField[]): void {
  checkMountPoints(mounts.flatMap((mount) => ("tmpfs" in mount ? [parseTmpfs(mount.tmpfs).target] : [])));
}

/**
 * Returns what flags set, as fields of a document, without defaults.
 * @param flags as parsed by commander
 * @throws BoxError for files that flags refer to
 */
export async function fieldsOf(lines: readonly Line[], flags: object): Promise<DocumentInput> {
  const given = byName(flags);
  const fields: Fields = {};
  for (const line of [...lines].sort((one, other) => rank(one) - rank(other))) {
    const { path, as } = line;
    const values = path === undefined ? [] : valuesOf(line, given);
    if (path === undefined || values.length === 0) continue;
    if (as === "network") {
      for (const [place, value] of Object.entries(networkFields(values as string[], given)))
        put(fields, place, value, "last");
      continue;
    }
    const kept = keeping(line);
    const found = rank(line) === 0 ? await readPairs(line, values as string[]) : values;
    if (as === "mount") checkTmpfsMounts(values as MountField[]);
    for (const value of found) {
      if (!SEVERAL.has(as)) put(fields, path, value, kept);
      else for (const [place, text] of Object.entries(value as Fields)) put(fields, place, text, kept);
    }
  }
  return fields;
}
