export type Kind =
  "string" | "bool" | "int" | "uint" | "float" | "slice" | "map" | "struct" | "pointer" | "interface";

/** A type of Go, in as far as templates and their error messages can tell types apart. */
export interface Type {
  /** As `%T` prints it, such as `*container.Health` or `map[string]string`. */
  readonly name: string;
  readonly kind: Kind;
  /** Type of the items of a slice or map, or of the target of a pointer. */
  readonly elem?: Type;
  /** Type of the keys of a map. */
  readonly key?: Type;
}

export const STRING: Type = { name: "string", kind: "string" };
export const BOOL: Type = { name: "bool", kind: "bool" };
export const INT: Type = { name: "int", kind: "int" };
export const INT64: Type = { name: "int64", kind: "int" };
export const UINT8: Type = { name: "uint8", kind: "uint" };
export const UINT16: Type = { name: "uint16", kind: "uint" };
export const UINT64: Type = { name: "uint64", kind: "uint" };
export const FLOAT64: Type = { name: "float64", kind: "float" };
/** `any` */
export const ANY: Type = { name: "interface {}", kind: "interface" };
export const STRINGS = sliceOf(STRING);

/** A named type, such as `nat.Port`, whose values are like those of another type. */
export function named(name: string, like: Type): Type {
  return { ...like, name };
}

export function sliceOf(elem: Type): Type {
  return { name: `[]${elem.name}`, kind: "slice", elem };
}

export function mapOf(key: Type, elem: Type): Type {
  return { name: `map[${key.name}]${elem.name}`, kind: "map", key, elem };
}

export function pointerTo(elem: Type): Type {
  return { name: `*${elem.name}`, kind: "pointer", elem };
}

export function structType(name: string): Type {
  return { name, kind: "struct" };
}

/** Whether a variable of one type can hold values of another. */
export function isAssignable(from: Type, to: Type): boolean {
  return to.kind === "interface" || from.name === to.name;
}

/** Whether `nil` is a value of a type. */
export function canBeNil({ kind }: Type): boolean {
  return kind === "interface" || kind === "map" || kind === "pointer" || kind === "slice";
}
