import { any, of, text } from "./make.js";
import { ANY, mapOf, sliceOf, STRING, structType } from "./type.js";
import { compareText, type Field, type Method, type Value } from "./value.js";

/** Marks an object as one that is a map in Go, such as labels. */
export function asMap<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, entries);
}

interface PlainOptions {
  /** Offers fields under capitalized names too, as in Go. */
  capitals?: boolean;
  /** Name of its type, for error messages. */
  type?: string;
}

function structOf(object: object, { type = "struct", ...options }: PlainOptions): Value {
  const fields = Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): Field => ({
      ...{ name, key: name, value: fromPlain(value, options) },
      ...{ omitEmpty: false, embedded: false },
    }));
  const methods = fields.flatMap(({ name, value }): [string, Method][] => {
    const capital = name.charAt(0).toUpperCase() + name.slice(1);
    return options.capitals && capital !== name ? [[capital, { arity: 0, call: () => value }]] : [];
  });
  return { kind: "struct", type: structType(type), fields, methods: new Map(methods) };
}

/**
 * Makes a value of Go of an object whose Go type box does not describe: objects become structs, those without a
 * prototype maps.
 */
export function fromPlain(plain: unknown, options: PlainOptions = {}): Value {
  switch (typeof plain) {
    case "string":
    case "boolean":
    case "number":
    case "bigint":
      return of(plain);
    case "object":
      break;
    default:
      return any();
  }
  if (plain === null) return any();
  if (Array.isArray(plain)) {
    const isStrings = plain.length === 0 || plain.every((item) => typeof item === "string");
    const items = plain.map((item: unknown) => fromPlain(item, options));
    return { kind: "slice", type: sliceOf(isStrings ? STRING : ANY), items };
  }
  if (Object.getPrototypeOf(plain) !== null) return structOf(plain, options);
  const entries = Object.entries(plain as Record<string, unknown>).sort(([a], [b]) => compareText(a, b));
  const isStrings = entries.every(([, value]) => typeof value === "string");
  return {
    kind: "map",
    type: mapOf(STRING, isStrings ? STRING : ANY),
    entries: entries.map(([name, value]) => {
      const item = fromPlain(value, options);
      return [text(name), isStrings ? item : any(item)] as const;
    }),
  };
}
