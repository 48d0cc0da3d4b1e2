import type * as z from "zod/mini";

/** Headings of the help. */
export type FlagGroup =
  | "Common"
  | "Box"
  | "Health"
  | "Process"
  | "Storage"
  | "Network"
  | "Resources"
  | "Security"
  | "Image"
  | "VM"
  | "Configuration";

/** How the text behind a flag becomes a value of its field: src/cli/flags/notations.ts knows what each does. */
export type Notation =
  | "text"
  | "choice"
  | "whole"
  | "cpus"
  | "bytes"
  | "bytes or -1"
  | "megabytes"
  | "storage"
  | "duration"
  | "timeout"
  | "word"
  | "shell"
  | "user"
  | "workdir"
  | "restart"
  | "label"
  | "label-file"
  | "log-opt"
  | "sysctl"
  | "variable"
  | "env-file"
  | "volume"
  | "mount"
  | "workspace"
  | "network"
  | "dns"
  | "dns-search"
  | "dns-option"
  | "cpuset"
  | "tee"
  | "platform";

/** A flag of commands that make a box. */
export interface Flag {
  group: FlagGroup;
  /** As help shows it, such as `-m, --memory <size>`. */
  flags: string;
  help: string;
  as: Notation;
  /** The field's value by a flag that takes none. */
  value: unknown;
  /** The field's value for 0, with which Docker asks for no limit. */
  zero?: unknown;
  /** Another name, which help does not show. */
  alias?: string;
  /** Other commands that have it. */
  also: readonly "update"[];
  /** What completion offers in the value's place. */
  offers?: "files" | "volumes" | "images" | "capabilities" | "ulimits" | readonly string[];
}

/** The description of a flag without the default at its end. */
export function withoutDefault(help: string): string {
  return help.replace(/ \(default: [^()]*\)$/, "");
}

/** What is said of a field beside its type. */
export interface Field {
  description?: string;
  flags: Flag[];
}

type Options = Partial<Omit<Flag, "group" | "flags" | "help">>;

/** A flag's line; it takes its value as it stands unless said. */
export function flag(group: FlagGroup, flags: string, help: string, options: Options = {}): Flag {
  return { group, flags, help, as: "text", value: true, also: [], ...options };
}

const FIELDS = new Map<z.core.$ZodType, Field>();
const NOTHING: Field = { flags: [] };

/** Gives a field of a schema its description and its flags; the field's schema stays as it is. */
export function field<Schema extends z.core.$ZodType>(
  schema: Schema,
  ...said: [string, ...Flag[]] | Flag[]
): Schema {
  const [first, ...others] = said;
  FIELDS.set(
    schema,
    typeof first === "string" ? { description: first, flags: others as Flag[] } : { flags: said as Flag[] },
  );
  return schema;
}

/** What is said of a field of a schema. */
export function fieldOf(schema: z.core.$ZodType): Field {
  return FIELDS.get(schema) ?? NOTHING;
}

/** The schema behind defaults and alternatives of null. */
export function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType };
  return innerType === undefined ? schema : innermost(innerType);
}
