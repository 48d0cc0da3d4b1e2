import { BoxError } from "../errors.js";
import { toJson, writeJson } from "./go/json.js";
import { literal, map, nilPointer, of, pointer, struct } from "./go/make.js";
import { fromPlain } from "./go/plain.js";
import { named, mapOf, STRING } from "./go/type.js";
import { compareText, type Json, type Method, type Value } from "./go/value.js";
import type { Template } from "./template/template.js";

/** A row of a list: its columns, and functions such as `Label` that templates can call with a name. */
export type Row = Readonly<Record<string, string | boolean | null | ((name: string) => string)>>;

export interface ListOptions {
  /** Docker's type of the rows, which are pointers to it, for error messages. */
  type?: string;
  /** Headings of columns whose heading does not follow from their name. */
  headings?: Readonly<Record<string, string>>;
  /** Columns of the terminal; undefined: not a terminal, or no limit. */
  width?: number | undefined;
}

/** Docker's type of the one column that can be nil. */
const PLATFORM = "v1.Platform";
const ROW_TYPE = "formatter.subContext";

/** Parses a template. The code for that is loaded with the first one. @throws BoxError invalid-format */
export async function parseFormat(format: string): Promise<Template> {
  return (await import("./template/template.js")).parseTemplate(format);
}

/** Puts words before an error of a template, as Docker does. */
function prefixed(error: unknown, prefix: string, code?: string): unknown {
  if (!(error instanceof BoxError) || error.code !== "invalid-format") return error;
  return new BoxError(code ?? error.code, `${prefix}: ${error.message}`, { cause: error });
}

async function prefixing<T>(prefix: string, action: () => T | Promise<T>, code?: string): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw prefixed(error, prefix, code);
  }
}

const PARSING = "template parsing error";

function methodsOf(row: Row): Record<string, Method> {
  const methods = Object.keys(row).map((name): [string, Method] => {
    // Columns may be lazy.
    const call = (argument = "") => {
      const column = row[name];
      if (column === null) return nilPointer(PLATFORM);
      return of(typeof column === "function" ? column(argument) : (column ?? ""));
    };
    const isLazy = Object.getOwnPropertyDescriptor(row, name)?.get !== undefined;
    return [name, { arity: !isLazy && typeof row[name] === "function" ? 1 : 0, call }];
  });
  return Object.fromEntries(methods);
}

/** A row as JSON: an object of its columns. */
function jsonOfRow(row: Row): Json {
  const columns = Object.entries(row)
    .filter((column): column is [string, string | boolean | null] => typeof column[1] !== "function")
    .sort(([a], [b]) => compareText(a, b));
  // Docker's rows escape < and > themselves.
  return { written: writeJson(new Map(columns), { html: true }) };
}

/** The value of a row, to which a template is applied. */
export function rowOf(row: Row, type: string): Value {
  return pointer(struct(type, {}, { methods: methodsOf(row), json: () => jsonOfRow(row) }));
}

/** The heading of a column: `CREATED AT` of `CreatedAt`. */
function headingOf(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toUpperCase();
}

/** The value that the heading of a table is made from. */
function headingsOf(names: readonly string[], headings: Readonly<Record<string, string>>): Value {
  const entries = Object.fromEntries(names.map((name) => [name, literal(headings[name] ?? headingOf(name))]));
  const type = named("formatter.SubHeaderContext", mapOf(STRING, STRING));
  const label = (name = "") => literal((name.split(".").at(-1) ?? "").replace(/[-_]/g, " "));
  return { ...map(STRING, STRING, entries, type), methods: new Map([["Label", { arity: 1, call: label }]]) };
}

/** The template of a `--format` for lists. */
function templateOf(format: string): string {
  if (format === "json") return "{{json .}}";
  const template = format.startsWith("table") ? format.slice("table".length) : format;
  return template
    .replace(/^ +| +$/g, "")
    .replaceAll("\\t", "\t")
    .replaceAll("\\n", "\n");
}

async function layOut(lines: readonly string[], width: number | undefined): Promise<string[]> {
  const whole = lines.join("\n");
  if (width === undefined || lines.length !== whole.split("\n").length) {
    return (await import("./template/table.js")).tabulate(whole).split("\n");
  }
  const { formatTable } = await import("./table.js");
  const [heading = [], ...rows] = lines.map((line) => line.split("\t"));
  return formatTable(heading, rows, width);
}

/**
 * Formats the rows of a list for `--format`: `json` is one object per line, `table …` a table with a heading, anything
 * else a template with one line per row.
 * @param names of the columns, for the heading if there are no rows
 * @throws BoxError invalid-format
 */
export async function formatList(
  format: string,
  rows: readonly Row[],
  names: readonly string[],
  { type = ROW_TYPE, headings = {}, width }: ListOptions = {},
): Promise<string[]> {
  if (format === "json") return rows.map((row) => writeJson(jsonOfRow(row)));
  return prefixing(PARSING, async () => {
    const template = await parseFormat(templateOf(format));
    const lines = rows.map((row) => template.execute(rowOf(row, type)));
    if (!format.startsWith("table")) return lines;
    const known = [...new Set([...names, ...Object.keys(headings)])];
    return layOut([template.heading(headingsOf(known, headings)), ...lines], width);
  });
}

/**
 * Checks the template of a list before the first row is available.
 * @param sample a row to try it with, as `docker ps` does
 * @throws BoxError invalid-format
 */
export async function checkListFormat(
  format: string | undefined,
  sample?: { row: Row; type: string },
): Promise<void> {
  if (format === undefined || format === "" || format === "json") return;
  if (!sample) {
    await prefixing(PARSING, () => parseFormat(templateOf(format)));
    return;
  }
  // Not a table's without its first word: Docker tries the format as it is.
  const template = await prefixing("failed to parse template", () => parseFormat(format));
  await prefixing("failed to execute template", () => template.execute(rowOf(sample.row, sample.type)));
}

/**
 * Formats an object of box's own, such as that of `info`, for `--format`.
 * @param type Docker's type of it, for error messages
 * @throws BoxError invalid-template, invalid-format
 */
export async function formatObject(format: string, object: object, type?: string): Promise<string> {
  const value = fromPlain(object, { capitals: true, ...(type === undefined ? {} : { type }) });
  if (format === "json") return writeJson(toJson(value));
  const template = await prefixing(PARSING, () => parseFormat(format), "invalid-template");
  return template.execute(value);
}

/** A text, and the error after which it ends. */
export interface Formatted {
  text: string;
  error?: Error;
}

/**
 * Formats Docker's object of `info` or `version`. Docker prints a template's output even if it then fails.
 * @param name of the template, in messages
 * @throws BoxError invalid-template
 */
export async function formatWhole(format: string, value: Value, name = ""): Promise<Formatted> {
  if (format === "json") return { text: writeJson(toJson(value)) };
  const under = (error: unknown): Error => {
    if (!(error instanceof BoxError)) throw error;
    const message = error.message.replace(/^template: :/, `template: ${name}:`);
    return new BoxError(error.code, message.replace('executing ""', `executing "${name}"`), { cause: error });
  };
  const parse = () =>
    parseFormat(format).catch((error: unknown) => {
      throw under(error);
    });
  const template = await prefixing(PARSING, parse, "invalid-template");
  try {
    return { text: template.execute(value) };
  } catch (error) {
    return { text: template.upToError(value), error: under(error) };
  }
}

/** Collects objects and prints them for `inspect`. */
export interface Inspector {
  /** @throws BoxError invalid-format if the template does not suit the object */
  readonly add: (object: Value) => void;
  /** The output: all objects together, or a line per object. */
  readonly result: () => string;
}

function jsonInspector(indent: number | undefined): Inspector {
  const found: Json[] = [];
  return {
    add: (object) => void found.push(toJson(object, { sent: true })),
    result: () => writeJson(found, indent === undefined ? {} : { indent }),
  };
}

/**
 * Formats the results of an `inspect` as Docker does: as indented JSON, JSON on one line, or a template per object.
 * @throws BoxError invalid-template
 */
export async function createInspector(format: string | undefined): Promise<Inspector> {
  if (format === undefined || format === "") return jsonInspector(4);
  if (format === "json") return jsonInspector(undefined);
  const template = await prefixing(PARSING, () => parseFormat(format), "invalid-template");
  const { fromJson } = await import("./go/json.js");
  const lines: string[] = [];
  // Once set, it stays set for all further objects, as in Docker.
  let strict = false;
  const apply = (object: Value): string => {
    try {
      return template.execute(object, { strict });
    } catch (error) {
      if (!(error instanceof BoxError)) throw error;
      // A template may use the names of JSON instead of those of Go, and maps of any type.
      strict = true;
      return template.execute(fromJson(toJson(object, { sent: true })), { strict });
    }
  };
  return {
    add: (object) => {
      try {
        lines.push(apply(object));
      } catch (error) {
        throw prefixed(error, PARSING);
      }
    },
    result: () => lines.join("\n"),
  };
}
