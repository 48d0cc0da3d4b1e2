import * as z from "zod/mini";
import { withoutDefault } from "./field.js";
import { BoxDocument, documentFields, type PlacedField } from "./box-document.js";

type Schema = Record<string, unknown>;

function child(schema: unknown, key: string): unknown {
  return typeof schema === "object" && schema !== null ? (schema as Schema)[key] : undefined;
}

/** The schema itself and those that it chooses from. */
function alternatives(schema: unknown): unknown[] {
  const more = child(schema, "anyOf") ?? child(schema, "oneOf");
  return Array.isArray(more) ? more.flatMap(alternatives) : [schema];
}

/** What is said of a field, or else what its flag says, without the default, which stands beside it. */
function describe({ description, flags }: PlacedField): string | undefined {
  const [help] = flags.map(({ help }) => withoutDefault(help));
  if (description !== undefined || help === undefined) return description;
  return `${help.charAt(0).toUpperCase()}${help.slice(1)}.`;
}

/** JSON Schema (2020-12) of a configuration as `--config` reads it: only `image` has to be there. */
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
  return { title: "BoxConfig", description: "What a box is, and what belongs to its record.", ...schema };
}

/** The keys that an object of the configuration may have; those of every kind where it has kinds. */
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
