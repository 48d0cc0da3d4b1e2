import { matchesGlob } from "./glob.js";
import type { PruneFilter } from "../engine/prune-filter.js";
import { BoxError } from "../errors.js";
import { quote } from "../config/syntax/quote.js";

/** Values of `--filter NAME=VALUE`, by name. */
export type Filters = Map<string, string[]>;

const MAX_SHOWN = 80;

/** Docker's words for a filter that a command does not have, or for a value that a filter does not accept. */
export function invalidFilter(filter: string, hint: string): BoxError {
  return new BoxError("invalid-filter", `Invalid filter '${filter.slice(0, MAX_SHOWN)}'`, { hint });
}

/**
 * Splits the values of `--filter` at the first `=`. As in Docker, an empty one is ignored.
 * @throws BoxError malformed-filter
 */
export function splitFilters(texts: readonly string[]): Filters {
  const filters: Filters = new Map();
  for (const text of texts.filter((each) => each !== "")) {
    const at = text.indexOf("=");
    if (at < 0) {
      const reason = `invalid argument ${quote(text)}: bad format of filter (expected name=value)`;
      throw new BoxError("malformed-filter", reason, { subject: "filter" });
    }
    const name = text.slice(0, at).trim().toLowerCase();
    filters.set(name, [...(filters.get(name) ?? []), text.slice(at + 1).trim()]);
  }
  return filters;
}

/**
 * Parses the values of `--filter`.
 * @param known names of the command's filters
 * @throws BoxError malformed-filter, invalid-filter
 */
export function parseFilters(texts: readonly string[], known: readonly string[]): Filters {
  const filters = splitFilters(texts);
  const unknown = [...filters.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalidFilter(unknown, `filters are ${known.join(", ")}`);
  return filters;
}

/** @throws BoxError invalid-filter */
export function booleanFilter(filters: Filters, name: string): boolean | undefined {
  const value = filters.get(name)?.at(-1);
  if (value === undefined) return undefined;
  if (["true", "1"].includes(value.toLowerCase())) return true;
  if (["false", "0"].includes(value.toLowerCase())) return false;
  throw invalidFilter(`${name}=[${value}]`, "write true or false");
}

/**
 * Parses a time as Docker does: a duration before now, a date, or seconds since 1970.
 * @param name of the flag, if Docker's error has it
 * @returns milliseconds since 1970
 * @throws BoxError invalid-time
 */
export async function parseTime(value: string, name?: string): Promise<number> {
  if (/^\d{1,12}(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : NaN;
  if (!Number.isNaN(date)) return date;
  const { parseDuration } = await import("../config/syntax/duration.js");
  try {
    return Date.now() - parseDuration(value) * 1000;
  } catch (error) {
    const prefix = name === undefined ? "" : `invalid value for "${name}": `;
    const reason = `${prefix}failed to parse value as time or duration: ${quote(value)}`;
    throw new BoxError("invalid-time", reason, {
      hint: "write a duration such as 24h, a date such as 2026-01-31T12:00:00Z, or seconds since 1970",
      cause: error,
    });
  }
}

/** Whether one of several texts matches one of a filter's values, or there is no such filter. */
export type Matches = (...texts: string[]) => boolean;

/**
 * Compiles the values of a filter. As in Docker, each is a regular expression of Go's that may match anywhere, or the
 * text itself; an invalid one matches nothing else. The time to match depends only on the lengths of both.
 */
export async function patternsOf(filters: Filters, name: string): Promise<Matches> {
  const patterns = filters.get(name);
  if (!patterns) return () => true;
  const { RE2JS, RE2JSException } = await import("re2js");
  const compile = (pattern: string) => {
    try {
      return RE2JS.compile(pattern);
    } catch (error) {
      if (error instanceof RE2JSException) return undefined;
      throw error;
    }
  };
  const expressions = patterns.map(compile);
  const matches = (text: string) => expressions.some((expression) => expression?.matcher(text).find());
  return (...texts) => texts.some((text) => patterns.includes(text) || matches(text));
}

/** The time given by the filter `until`; undefined without that filter. @throws BoxError invalid-time */
export async function untilFilter(filters: Filters): Promise<number | undefined> {
  const value = filters.get("until")?.at(-1);
  return value === undefined ? undefined : parseTime(value);
}

/** Whether labels match all of `label=NAME`, `label=NAME=VALUE` and `label!=…`. */
export function labelsMatch(labels: Readonly<Record<string, string>>, filters: Filters): boolean {
  const has = (wanted: string) => {
    const at = wanted.indexOf("=");
    const name = at < 0 ? wanted : wanted.slice(0, at);
    return Object.hasOwn(labels, name) && (at < 0 || labels[name] === wanted.slice(at + 1));
  };
  return (filters.get("label") ?? []).every(has) && !(filters.get("label!") ?? []).some(has);
}

/** Whether a `reference` pattern matches a name such as `nginx:alpine`, with or without its tag. */
export function referenceMatches(repository: string, tag: string | undefined, filters: Filters): boolean {
  const patterns = filters.get("reference");
  if (!patterns) return true;
  const names = [repository, `${repository}:${tag ?? "<none>"}`];
  return patterns.some((pattern) => names.some((name) => matchesGlob(name, pattern)));
}

/** The filters of a prune command. @throws BoxError invalid-filter */
export async function pruneFilter(filters: Filters): Promise<PruneFilter> {
  return { until: await untilFilter(filters), fits: (labels) => labelsMatch(labels, filters) };
}
