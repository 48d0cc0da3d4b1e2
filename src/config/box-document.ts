import * as z from "zod/mini";
import { BoxConfig } from "./box-config.js";
import { BoxOptions } from "./box-options.js";
import { field, fieldOf, flag, innermost, type Field, type Flag } from "./field.js";

/** Of a document's `record`: options of a box, and what its record keeps beside them. */
export const BoxRecordFields = z.extend(BoxOptions, {
  name: field(
    z.optional(z.string()),
    "Name of the box; a random one unless given.",
    flag("Box", "--name <name>", "assign a name to the box (default: random)"),
  ),
  vmm: field(
    z.optional(z.enum(["krun", "qemu"])),
    "VMM that runs it; the first that can unless given.",
    flag("VM", "--vmm <driver>", "VMM to use (default: the first that is usable)", { as: "choice" }),
  ),
});
export type BoxRecordFields = z.infer<typeof BoxRecordFields>;

/** What `--config` reads and `--dry-run` prints: all that flags can say of a box. */
export const BoxDocument = z.extend(BoxConfig, {
  record: field(
    z.prefault(BoxRecordFields, {}),
    "What is kept in the box's record beside its configuration.",
  ),
});
export type BoxDocument = z.infer<typeof BoxDocument>;

/** Takes the options of a box apart from what its record keeps beside them. */
export function splitRecord(record: BoxRecordFields) {
  const { name, vmm, ...options } = record;
  return { name, vmm, options };
}

/** Parts of a document, before it is checked and completed. */
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

/** Every field of a document, those of objects behind the object itself. */
export function documentFields(): PlacedField[] {
  const found: PlacedField[] = [];
  addFields(BoxDocument, "", found);
  return found;
}

/** A flag with the field that it fills. */
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
