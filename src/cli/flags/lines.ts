import type * as z from "zod/mini";
import { innermost, type Flag } from "../../config/field.js";

/** A flag of the command line; without a path, it controls the command rather than the box. */
export interface Line extends Flag {
  path?: string;
  schema?: z.core.$ZodType;
  /** Without a schema: whether the field collects all values of its flags. */
  list?: boolean;
}

/** The long name of a flag, such as `--memory`. */
export function longName({ flags }: Pick<Flag, "flags">): string {
  const start = flags.indexOf("--");
  const end = flags.indexOf(" ", start);
  return end < 0 ? flags.slice(start) : flags.slice(start, end);
}

/** The name shown in messages: the short one if it has one. */
export function shownName(line: Pick<Flag, "flags">): string {
  return line.flags.startsWith("--") ? longName(line) : line.flags.slice(0, 2);
}

export function takesValue({ flags }: Pick<Flag, "flags">): boolean {
  return /[<[]/.test(flags);
}

/** How a field collects the values of its flags: as a list, by name, or only the last one. */
export function keeping(line: Line): "list" | "record" | "last" {
  const { as, schema, list } = line;
  // The second one and those after it are further networks.
  if (as === "network") return "list";
  if (!takesValue(line) || as === "word" || as === "shell") return "last";
  if (schema === undefined) return list === true ? "list" : "last";
  const { type } = innermost(schema)._zod.def;
  return type === "array" ? "list" : type === "record" ? "record" : "last";
}
