import type * as z from "zod/mini";
import { innermost, type Flag } from "../../config/field.js";

/** A flag of the command line; without a path it says what the command does, not what the box is. */
export interface Line extends Flag {
  path?: string;
  schema?: z.core.$ZodType;
  /** Without a schema: whether the field takes all values of its flags. */
  list?: boolean;
}

/** The long name of a flag, such as `--memory`. */
export function longName({ flags }: Pick<Flag, "flags">): string {
  const start = flags.indexOf("--");
  const end = flags.indexOf(" ", start);
  return end < 0 ? flags.slice(start) : flags.slice(start, end);
}

/** The name that messages show: the short one where there is one. */
export function shownName(line: Pick<Flag, "flags">): string {
  return line.flags.startsWith("--") ? longName(line) : line.flags.slice(0, 2);
}

export function takesValue({ flags }: Pick<Flag, "flags">): boolean {
  return flags.includes("<");
}

/** How a field keeps the values of its flags: all in a list, each under its name, or the last one. */
export function keeping(line: Line): "list" | "record" | "last" {
  const { as, schema, list } = line;
  if (!takesValue(line) || as === "word" || as === "shell") return "last";
  if (schema === undefined) return list === true ? "list" : "last";
  const { type } = innermost(schema)._zod.def;
  return type === "array" ? "list" : type === "record" ? "record" : "last";
}
