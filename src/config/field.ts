import type * as z from "zod/mini";

/** Headings in help texts. */
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
  | "Pool"
  | "Configuration";

/** How the argument of a flag becomes the value of its field; src/cli/flags/notations.ts implements them. */
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
  | "log-driver"
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
  | "stream"
  | "own"
  | "tee"
  | "pool"
  | "share"
  | "platform";

/** A flag of the commands that create a box. */
export interface Flag {
  group: FlagGroup;
  /** As shown in help texts, such as `-m, --memory <size>`. */
  flags: string;
  help: string;
  as: Notation;
  /** The field's value if the flag takes no argument. */
  value: unknown;
  /** The field's value for 0, which means unlimited in Docker. */
  zero?: unknown;
  /** Not shown in help texts. */
  hidden?: boolean;
  /** Alternative name, not shown in help texts. */
  alias?: string;
  /** Other commands with this flag. */
  also: readonly "update"[];
  /** The only command with this flag, instead of those that create a box. */
  only?: "pool start";
  /** Completions for the flag's argument. */
  offers?:
    "files" | "volumes" | "images" | "networks" | "pools" | "capabilities" | "ulimits" | readonly string[];
}

/** The description of a flag without the default at its end. */
export function withoutDefault(help: string): string {
  return help.replace(/ \(default: [^()]*\)$/, "");
}

/** A field's description and flags. */
export interface Field {
  description?: string;
  flags: Flag[];
}

type Options = Partial<Omit<Flag, "group" | "flags" | "help">>;

/** Defines a flag; by default, its argument is the value as is. */
export function flag(group: FlagGroup, flags: string, help: string, options: Options = {}): Flag {
  return { group, flags, help, as: "text", value: true, also: [], ...options };
}

const FIELDS = new Map<z.core.$ZodType, Field>();
const NOTHING: Field = { flags: [] };

/** Attaches a description and flags to a field's schema, and returns the schema unchanged. */
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

/** Returns the description and flags of a field's schema. */
export function fieldOf(schema: z.core.$ZodType): Field {
  return FIELDS.get(schema) ?? NOTHING;
}

/** The schema inside defaults and nullable wrappers. */
export function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType };
  return innerType === undefined ? schema : innermost(innerType);
}
