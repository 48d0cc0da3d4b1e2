import * as z from "zod/mini";
import { BoxConfig } from "./box-config.js";
import { BoxOptions } from "./box-options.js";
import { field, fieldOf, flag, innermost, type Field, type Flag } from "./field.js";

/** Fields of a document's `record`: options of a box and other fields of its record. */
export const BoxRecordFields = z.extend(BoxOptions, {
  name: field(
    z.optional(z.string()),
    "Name of the box; a random one unless given.",
    flag("Box", "--name <name>", "assign a name to the box (default: random)"),
  ),
  vmm: field(
    z.optional(z.enum(["krun", "qemu"])),
    "VMM to run the box with; the first that is usable unless given.",
    flag("VM", "--vmm <driver>", "VMM to use (default: the first that is usable)", { as: "choice" }),
  ),
});
export type BoxRecordFields = z.infer<typeof BoxRecordFields>;

/** Format of `--config` and `--dry-run`: everything about a box that flags can set. */
export const BoxDocument = z.extend(BoxConfig, {
  record: field(z.prefault(BoxRecordFields, {}), "Fields of the box's record besides its configuration."),
});
export type BoxDocument = z.infer<typeof BoxDocument>;

/** Separates the options of a box from the other fields of its record. */
export function splitRecord(record: BoxRecordFields) {
  const { name, vmm, ...options } = record;
  return { name, vmm, options };
}

/** Part of a document, before it is checked and completed. */
export type DocumentInput = Partial<z.input<typeof BoxDocument>>;

/** A field by its path, such as `resources.memoryMb` or `record.restart`. */
export interface PlacedField extends Field {
  path: string;
  schema: z.core.$ZodType;
}

function addFields(schema: z.core.$ZodType, prefix: string, found: PlacedField[]): void {
  const inner = innermost(schema);
  if (inner._zod.def.type !== "object") return;
  const { shape } = inner._zod.def as z.core.$ZodObjectDef;
  for (const [name, below] of Object.entries(shape)) {
    const path = prefix + name;
    found.push({ path, schema: below, ...fieldOf(below) });
    addFields(below, `${path}.`, found);
  }
}

/** All fields of a document; those of an object follow the object itself. */
export function documentFields(): PlacedField[] {
  const found: PlacedField[] = [];
  addFields(BoxDocument, "", found);
  return found;
}

/** A flag and the field that it sets. */
export interface FlagOfField extends Flag {
  path: string;
  schema: z.core.$ZodType;
}

/** The flags of all fields, in the order of the fields. */
export function fieldFlags(): FlagOfField[] {
  const found: FlagOfField[] = [];
  for (const { path, schema, flags } of documentFields())
    for (const each of flags) found.push({ ...each, path, schema });
  return found;
}
