import * as z from "zod/mini";
import { BoxConfig } from "./box-config.js";
import { FIELDS } from "./fields.js";

type Schema = Record<string, unknown>;

function child(schema: unknown, key: string): unknown {
  return typeof schema === "object" && schema !== null ? (schema as Schema)[key] : undefined;
}

/** JSON Schema (2020-12) of a configuration as `--config` reads it: only `image` has to be there. */
export function configSchema(): Schema {
  const schema = z.toJSONSchema(BoxConfig, { io: "input", target: "draft-2020-12" }) as Schema;
  const properties = child(schema, "properties");
  for (const [name, { description }] of Object.entries(FIELDS)) {
    const property = child(properties, name);
    if (typeof property === "object" && property !== null) Object.assign(property, { description });
  }
  return { title: "BoxConfig", description: "What a box is.", ...schema };
}

/** The keys that an object of the configuration may have; those of every kind where it has kinds. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  let schemas: unknown[] = [configSchema()];
  const alternatives = (schema: unknown): unknown[] => {
    const more = child(schema, "anyOf") ?? child(schema, "oneOf");
    return Array.isArray(more) ? more.flatMap(alternatives) : [schema];
  };
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
