import * as z from "zod/mini";
import { withoutDefault } from "./field.js";
import { BoxDocument, documentFields, type PlacedField } from "./box-document.js";

type Schema = Record<string, unknown>;

function child(schema: unknown, key: string): unknown {
  return typeof schema === "object" && schema !== null ? (schema as Schema)[key] : undefined;
}

/** The schema itself, or the alternatives of a union. */
function alternatives(schema: unknown): unknown[] {
  const more = child(schema, "anyOf") ?? child(schema, "oneOf");
  return Array.isArray(more) ? more.flatMap(alternatives) : [schema];
}

/** Description of a field, or the help of its flag without the default, which the schema has as `default`. */
function describe({ description, flags }: PlacedField): string | undefined {
  const [help] = flags.map(({ help }) => withoutDefault(help));
  if (description !== undefined || help === undefined) return description;
  return `${help.charAt(0).toUpperCase()}${help.slice(1)}.`;
}

/** Returns the JSON Schema (2020-12) of a configuration as read by `--config`: only `image` is required. */
export function configSchema(): Schema {
  const schema = z.toJSONSchema(BoxDocument, { io: "input", target: "draft-2020-12" }) as Schema;
  for (const field of documentFields()) {
    const description = describe(field);
    const property = field.path.split(".").reduce<unknown>(
      (below, name) =>
        alternatives(below)
          .map((one) => child(child(one, "properties"), name))
          .find(Boolean),
      schema,
    );
    if (description !== undefined && typeof property === "object" && property !== null)
      Object.assign(property, { description });
  }
  return {
    title: "BoxConfig",
    description: "Configuration of a box, and options kept in its record.",
    ...schema,
  };
}

/** The keys of an object in the configuration; for a union, those of all alternatives. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  let schemas: unknown[] = [configSchema()];
  for (const key of path) {
    schemas = schemas
      .flatMap(alternatives)
      .map((schema) =>
        typeof key === "number" ? child(schema, "items") : child(child(schema, "properties"), String(key)),
      );
  }
  return schemas
    .flatMap(alternatives)
    .flatMap((schema) => Object.keys((child(schema, "properties") ?? {}) as Schema));
}
