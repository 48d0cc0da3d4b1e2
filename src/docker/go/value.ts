import type { Type } from "./type.js";

/** A method of a value. Its arguments are strings, as are those of all methods that Docker's templates offer. */
export interface Method {
  readonly arity: number;
  readonly call: (...args: string[]) => Value;
}

/** JSON. A number is kept as it is written, and so can any part be. */
export type Json = null | boolean | string | { readonly written: string } | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

interface Common {
  readonly type: Type;
  readonly methods?: ReadonlyMap<string, Method>;
  /** The text in place of the value when it is printed: Go's `String()`. */
  readonly string?: () => string;
  /** The value as JSON: Go's `MarshalJSON()`. */
  readonly json?: () => Json;
}

export interface StringValue extends Common {
  readonly kind: "string";
  readonly text: string;
  /** From an image, a guest or the like: control characters are escaped when it is printed. */
  readonly foreign: boolean;
}

export interface BoolValue extends Common {
  readonly kind: "bool";
  readonly value: boolean;
}

export interface IntegerValue extends Common {
  readonly kind: "int" | "uint";
  readonly value: bigint;
}

export interface FloatValue extends Common {
  readonly kind: "float";
  readonly value: number;
}

export interface SliceValue extends Common {
  readonly kind: "slice";
  /** undefined: nil */
  readonly items: readonly Value[] | undefined;
}

export interface MapValue extends Common {
  readonly kind: "map";
  /** In the order of the keys. undefined: nil */
  readonly entries: readonly (readonly [key: Value, value: Value])[] | undefined;
}

export interface Field {
  readonly name: string;
  readonly value: Value;
  /** Its key in JSON. */
  readonly key: string;
  /** Left out of JSON if it is empty. */
  readonly omitEmpty: boolean;
  /** Its fields count as fields of the outer struct. */
  readonly embedded: boolean;
}

export interface StructValue extends Common {
  readonly kind: "struct";
  readonly fields: readonly Field[];
  /** The fields in the JSON of Docker's engine, if they are not those of the client's type. */
  readonly sent?: readonly Field[];
}

export interface PointerValue extends Common {
  readonly kind: "pointer";
  /** undefined: nil */
  readonly to: Value | undefined;
}

export interface InterfaceValue extends Common {
  readonly kind: "interface";
  /** undefined: nil */
  readonly inner: Value | undefined;
}

/** A value of Go. `undefined` stands for no value at all, which templates print as `<no value>`. */
export type Value =
  | StringValue
  | BoolValue
  | IntegerValue
  | FloatValue
  | SliceValue
  | MapValue
  | StructValue
  | PointerValue
  | InterfaceValue;

/** The value in an interface; any other value itself. */
export function unwrap(value: Value | undefined): Value | undefined {
  return value?.kind === "interface" ? value.inner : value;
}

/** Follows pointers and interfaces. The result is a pointer or interface only if that is nil. */
export function indirect(value: Value): Value {
  let found = value;
  for (;;) {
    const next = found.kind === "pointer" ? found.to : found.kind === "interface" ? found.inner : undefined;
    if (!next) return found;
    found = next;
  }
}

export function isNil(value: Value | undefined): boolean {
  if (!value) return true;
  switch (value.kind) {
    case "slice":
      return !value.items;
    case "map":
      return !value.entries;
    case "pointer":
      return !value.to;
    case "interface":
      return !value.inner;
    default:
      return false;
  }
}

/** Whether a value counts as true: it is neither nil, 0, false nor empty. */
export function isTrue(value: Value | undefined): boolean {
  const inner = unwrap(value);
  if (!inner) return false;
  switch (inner.kind) {
    case "string":
      return inner.text !== "";
    case "bool":
      return inner.value;
    case "int":
    case "uint":
      return inner.value !== 0n;
    case "float":
      return inner.value !== 0;
    case "slice":
      return (inner.items ?? []).length > 0;
    case "map":
      return (inner.entries ?? []).length > 0;
    case "struct":
      return true;
    default:
      return !isNil(inner);
  }
}

/** Compares strings by their bytes, as Go does. */
export function compareText(a: string, b: string): number {
  // For ASCII, the order of UTF-16 is that of the bytes.
  if (/^[\u0000-\u007f]*$/.test(a + b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A field of a struct, or of a struct embedded in it. */
export function fieldOf(struct: StructValue, name: string): Field | undefined {
  const own = struct.fields.find((field) => field.name === name);
  if (own) return own;
  for (const { embedded, value } of struct.fields) {
    const inner = embedded ? indirect(value) : undefined;
    const found = inner?.kind === "struct" ? fieldOf(inner, name) : undefined;
    if (found) return found;
  }
  return undefined;
}
