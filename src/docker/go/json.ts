import { ANY, mapOf, named, sliceOf, STRING } from "./type.js";
import { compareText, type Json, type StructValue, type Value } from "./value.js";
import { any, bool } from "./make.js";

function isEmpty(value: Value): boolean {
  switch (value.kind) {
    case "string":
      return value.text === "";
    case "bool":
      return !value.value;
    case "int":
    case "uint":
      return value.value === 0n;
    case "float":
      return value.value === 0;
    case "slice":
      return (value.items ?? []).length === 0;
    case "map":
      return (value.entries ?? []).length === 0;
    case "pointer":
      return !value.to;
    case "interface":
      return !value.inner;
    case "struct":
      return false;
  }
}

function addFields(struct: StructValue, object: Map<string, Json>, options: JsonOptions): void {
  const fields = options.sent ? (struct.sent ?? struct.fields) : struct.fields;
  for (const { key, value, omitEmpty, embedded } of fields) {
    const inner = embedded && value.kind === "pointer" ? value.to : value;
    if (embedded && !inner) continue;
    if (embedded && inner?.kind === "struct") addFields(inner, object, options);
    else if (key !== "-" && !(omitEmpty && isEmpty(value))) object.set(key, toJson(value, options));
  }
}

interface JsonOptions {
  /** The JSON that Docker's engine sends, instead of what its client makes of that. */
  sent?: boolean;
}

/** Converts a value to JSON as Go does. */
export function toJson(value: Value, options: JsonOptions = {}): Json {
  if (value.json) return value.json();
  switch (value.kind) {
    case "string":
      return value.text;
    case "bool":
      return value.value;
    case "int":
    case "uint":
    case "float":
      return { written: String(value.value) };
    case "slice":
      return value.items ? value.items.map((item) => toJson(item, options)) : null;
    case "map":
      return value.entries
        ? new Map(
            value.entries.map(([key, item]) => [
              key.kind === "string" ? key.text : "",
              toJson(item, options),
            ]),
          )
        : null;
    case "pointer":
      return value.to ? toJson(value.to, options) : null;
    case "interface":
      return value.inner ? toJson(value.inner, options) : null;
    case "struct": {
      const object = new Map<string, Json>();
      addFields(value, object, options);
      return object;
    }
  }
}

/** JSON from a value of JavaScript that holds nothing else; properties that are undefined are left out. */
export function jsonOf(value: unknown): Json {
  if (typeof value === "number" || typeof value === "bigint") return { written: String(value) };
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== "object" || value === null) return null;
  const known = Object.entries(value).filter(([, item]) => item !== undefined);
  return new Map(known.map(([key, item]) => [key, jsonOf(item)]));
}

const NUMBER = named("json.Number", STRING);
const OBJECT = mapOf(STRING, ANY);
const ARRAY = sliceOf(ANY);

/** JSON read without knowing its type: objects become a `map[string]interface {}`, numbers keep their digits. */
export function fromJson(json: Json): Value | undefined {
  if (json === null) return undefined;
  if (typeof json === "string") return { kind: "string", type: STRING, text: json, foreign: true };
  if (typeof json === "boolean") return bool(json);
  if (json instanceof Map) {
    const entries = [...(json as ReadonlyMap<string, Json>)].sort(([a], [b]) => compareText(a, b));
    return {
      kind: "map",
      type: OBJECT,
      entries: entries.map(([key, item]) => [
        { kind: "string", type: STRING, text: key, foreign: true },
        any(fromJson(item)),
      ]),
    };
  }
  if ("written" in json) {
    return { kind: "string", type: NUMBER, text: json.written, foreign: false, json: () => json };
  }
  return { kind: "slice", type: ARRAY, items: (json as readonly Json[]).map((item) => any(fromJson(item))) };
}

interface Style {
  /** Escapes `<`, `>` and `&`, as Go does by default. */
  html?: boolean;
  /** Columns per level; undefined: all on one line. */
  indent?: number;
}

const escapeCharacter = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

function quote(text: string, html: boolean): string {
  const quoted = JSON.stringify(text).replace(/[\u2028\u2029]/g, escapeCharacter);
  return html ? quoted.replace(/[<>&]/g, escapeCharacter) : quoted;
}

function join(open: string, items: string[], close: string, { indent }: Style, depth: number): string {
  if (items.length === 0 || indent === undefined) return `${open}${items.join(",")}${close}`;
  const line = (level: number) => `\n${" ".repeat(level * indent)}`;
  return `${open}${items.map((item) => line(depth + 1) + item).join(",")}${line(depth)}${close}`;
}

/** The text of JSON. */
export function writeJson(json: Json, style: Style = {}, depth = 0): string {
  const { html = false, indent } = style;
  if (typeof json === "string") return quote(json, html);
  if (json === null || typeof json === "boolean") return String(json);
  if (json instanceof Map) {
    const members = [...(json as ReadonlyMap<string, Json>)].map(
      ([key, item]) =>
        `${quote(key, html)}:${indent === undefined ? "" : " "}${writeJson(item, style, depth + 1)}`,
    );
    return join("{", members, "}", style, depth);
  }
  if ("written" in json) return json.written;
  const items = (json as readonly Json[]).map((item) => writeJson(item, style, depth + 1));
  return join("[", items, "]", style, depth);
}
