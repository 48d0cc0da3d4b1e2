import {
  ANY,
  BOOL,
  FLOAT64,
  INT,
  INT64,
  mapOf,
  pointerTo,
  sliceOf,
  STRING,
  STRINGS,
  structType,
  type Type,
} from "./type.js";
import { compareText, type Field, type Json, type Method, type Value } from "./value.js";

/**
 * Sources of Go values. Strings and booleans stand for themselves, whole numbers for an int, other numbers for
 * a float64, a bigint for an int64, an array of strings for a []string, undefined for a nil interface.
 */
export type Plain = Value | string | boolean | number | bigint | readonly string[] | undefined;

function isValue(plain: Plain): plain is Value {
  return typeof plain === "object" && "kind" in plain;
}

/** @param type what to make of it; by default, what the JavaScript value suggests */
export function of(plain: Plain, type?: Type): Value {
  if (isValue(plain)) return type?.kind === "interface" ? any(plain) : plain;
  if (type?.kind === "interface") return any(plain === undefined ? undefined : of(plain));
  switch (typeof plain) {
    case "string":
      return text(plain, type);
    case "boolean":
      return { kind: "bool", type: type ?? BOOL, value: plain };
    case "number":
      return Number.isSafeInteger(plain) && type?.kind !== "float" ? int(plain, type) : float(plain, type);
    case "bigint":
      return int(plain, type ?? INT64);
    case "object":
      return list(STRING, plain);
    default:
      return any();
  }
}

/** A text from outside, such as a name, a label or a command. */
export function text(value: string, type: Type = STRING): Value {
  return { kind: "string", type, text: value, foreign: true };
}

/** A text of box's own or of the user's, in which line breaks and tabs are meant. */
export function literal(value: string): Value {
  return { kind: "string", type: STRING, text: value, foreign: false };
}

export function bool(value: boolean): Value {
  return { kind: "bool", type: BOOL, value };
}

export function int(value: number | bigint, type: Type = INT): Value {
  return { kind: type.kind === "uint" ? "uint" : "int", type, value: BigInt(value) };
}

export function float(value: number, type: Type = FLOAT64): Value {
  return { kind: "float", type, value };
}

/** @param items undefined: nil */
export function list(elem: Type, items?: readonly Plain[], type: Type = sliceOf(elem)): Value {
  if (elem === STRING && type.name === STRINGS.name) type = STRINGS;
  return { kind: "slice", type, items: items?.map((item) => of(item, elem)) };
}

/** @param entries undefined: nil */
export function map(
  key: Type,
  elem: Type,
  entries?: Readonly<Record<string, Plain>>,
  type: Type = mapOf(key, elem),
): Value {
  const sorted = entries && Object.entries(entries).sort(([a], [b]) => compareText(a, b));
  return {
    kind: "map",
    type,
    entries: sorted?.map(([name, value]) => [text(name, key), of(value, elem)] as const),
  };
}

/** A `map[string]string`, such as labels. */
export function strings(entries?: Readonly<Record<string, string>>): Value {
  return map(STRING, STRING, entries);
}

/** A `map[K]struct{}`, such as exposed ports. */
export function set(names: readonly string[] | undefined, key: Type = STRING, type?: Type): Value {
  const empty = struct("struct {}", {});
  const entries = names && Object.fromEntries(names.map((name) => [name, empty]));
  return map(key, empty.type, entries, type ?? mapOf(key, empty.type));
}

export function any(inner?: Value): Value {
  if (inner?.kind === "interface") return inner;
  return { kind: "interface", type: ANY, inner };
}

export function pointer(to: Value): Value {
  return { kind: "pointer", type: pointerTo(to.type), to };
}

/** A nil pointer to a struct. */
export function nilPointer(name: string): Value {
  return { kind: "pointer", type: pointerTo(structType(name)), to: undefined };
}

type JsonOptions = Partial<Pick<Field, "key" | "omitEmpty" | "embedded">>;

/** A value with what JSON makes of the field that it is in. */
interface Described {
  readonly field: Plain;
  readonly options: JsonOptions;
  /** The only place that has the field. */
  readonly only?: "sent" | "typed";
}

export type FieldPlain = Plain | Described;

function isDescribed(field: FieldPlain): field is Described {
  return typeof field === "object" && "field" in field;
}

function describe(field: FieldPlain, options: JsonOptions): Described {
  return isDescribed(field) ? { ...field, options: { ...field.options, ...options } } : { field, options };
}

/** A field with another name in JSON than in Go: `ID: keyed("Id", id)`. */
export function keyed(key: string, field: FieldPlain): FieldPlain {
  return describe(field, { key });
}

/** A field that JSON lacks if it is empty: `Health: omitEmpty(health)`. */
export function omitEmpty(field: FieldPlain): FieldPlain {
  return describe(field, { omitEmpty: true });
}

/** An embedded struct: its fields are those of the outer struct too. */
export function embedded(field: FieldPlain): FieldPlain {
  return describe(field, { embedded: true });
}

/** A field in the JSON of Docker's engine that the client does not know. */
export function sentOnly(field: FieldPlain): FieldPlain {
  return { ...describe(field, {}), only: "sent" };
}

/** A field of the client's type that is not in the engine's JSON. */
export function typedOnly(field: FieldPlain): FieldPlain {
  return { ...describe(field, {}), only: "typed" };
}

interface StructOptions {
  methods?: Readonly<Record<string, Method>>;
  string?: () => string;
  json?: () => Json;
}

/**
 * @param name of its type, such as `container.State`
 * @param fields a name may end in a mark that is not part of it, `:sent` for example, if there are two of that name
 */
export function struct(
  name: string,
  fields: Readonly<Record<string, FieldPlain>>,
  { methods, ...options }: StructOptions = {},
): Value {
  const described = Object.entries(fields).map(([marked, plain]) => {
    const { field, options, only } = describe(plain, {});
    const name = marked.split(":")[0] ?? marked;
    return {
      only,
      field: { name, value: of(field), key: name, omitEmpty: false, embedded: false, ...options },
    };
  });
  const except = (place: Described["only"]) =>
    described.filter(({ only }) => only === undefined || only !== place).map(({ field }) => field);
  return {
    kind: "struct",
    type: structType(name),
    fields: except("sent"),
    ...(described.some(({ only }) => only !== undefined) ? { sent: except("typed") } : {}),
    ...(methods ? { methods: new Map(Object.entries(methods)) } : {}),
    ...options,
  };
}
