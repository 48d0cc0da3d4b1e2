import { any, int } from "../go/make.js";
import { isAssignable, UINT8, type Type } from "../go/type.js";
import { indirect, unwrap, type StringValue, type Value } from "../go/value.js";
import { CallError } from "./error.js";

type Values = readonly (Value | undefined)[];

/** An index into something with a length. */
function indexOf(index: Value | undefined, length: number): number {
  if (!index) throw new CallError("cannot index slice/array with nil");
  if (index.kind !== "int" && index.kind !== "uint") {
    throw new CallError(`cannot index slice/array with type ${index.type.name}`);
  }
  if (index.value < 0n || index.value > BigInt(length)) {
    throw new CallError(`index out of range: ${index.value}`);
  }
  return Number(index.value);
}

/** The zero value of a type. */
function zeroOf(type: Type): Value {
  switch (type.kind) {
    case "string":
      return { kind: "string", type, text: "", foreign: false };
    case "bool":
      return { kind: "bool", type, value: false };
    case "int":
    case "uint":
      return int(0, type);
    case "float":
      return { kind: "float", type, value: 0 };
    case "slice":
      return { kind: "slice", type, items: undefined };
    case "map":
      return { kind: "map", type, entries: undefined };
    case "struct":
      return { kind: "struct", type, fields: [] };
    case "pointer":
      return { kind: "pointer", type, to: undefined };
    case "interface":
      return any();
  }
}

function isKey(key: Value, wanted: Value): boolean {
  if (key.kind === "string" && wanted.kind === "string") return key.text === wanted.text;
  return "value" in key && "value" in wanted && key.value === wanted.value;
}

const isInteger = ({ kind }: Type) => kind === "int" || kind === "uint";

function lookUp(map: Extract<Value, { kind: "map" }>, wanted: Value | undefined): Value {
  const { key, elem } = map.type;
  const keyName = key?.name ?? "";
  if (!wanted) throw new CallError(`value is nil; should be of type ${keyName}`);
  if (key && !isAssignable(wanted.type, key) && !(isInteger(wanted.type) && isInteger(key))) {
    throw new CallError(`value has type ${wanted.type.name}; should be ${keyName}`);
  }
  const found = map.entries?.find(([name]) => isKey(unwrap(name) ?? name, wanted));
  return found ? found[1] : elem ? zeroOf(elem) : any();
}

function byteOf({ text }: StringValue, index: Value | undefined): Value {
  const bytes = Buffer.from(text);
  const byte = bytes[indexOf(index, bytes.length)];
  if (byte === undefined) throw new CallError("reflect: string index out of range");
  return int(byte, UINT8);
}

/** `index x 1 2`: x[1][2] */
export function index([first, ...indices]: Values): Value | undefined {
  let item = unwrap(first);
  if (!item) throw new CallError("index of untyped nil");
  for (const wanted of indices.map(unwrap)) {
    item = indirect(item);
    switch (item.kind) {
      case "pointer":
      case "interface":
        throw new CallError("index of nil pointer");
      case "string":
        item = byteOf(item, wanted);
        break;
      case "slice": {
        const items: readonly Value[] = item.items ?? [];
        const found = items[indexOf(wanted, items.length)];
        if (!found) throw new CallError("reflect: slice index out of range");
        item = found;
        break;
      }
      case "map":
        item = lookUp(item, wanted);
        break;
      default:
        throw new CallError(`can't index item of type ${item.type.name}`);
    }
  }
  return item;
}

function bounds(indices: Values, length: number): [number, number] {
  const [start = 0, end = length, most] = indices.map((value) => indexOf(value, length));
  if (start > end) throw new CallError(`invalid slice index: ${start} > ${end}`);
  if (most !== undefined && end > most) throw new CallError(`invalid slice index: ${end} > ${most}`);
  return [start, end];
}

/** `slice x 1 2`: x[1:2] */
export function slice([first, ...indices]: Values): Value | undefined {
  const item = unwrap(first);
  if (!item) throw new CallError("slice of untyped nil");
  if (indices.length > 3) throw new CallError(`too many slice indexes: ${indices.length}`);
  if (item.kind === "string") {
    if (indices.length === 3) throw new CallError("cannot 3-index slice a string");
    return { ...item, text: sliceBytes(item.text, (length) => bounds(indices, length)) };
  }
  if (item.kind !== "slice") throw new CallError(`can't slice item of type ${item.type.name}`);
  const items = item.items ?? [];
  return { ...item, items: items.slice(...bounds(indices, items.length)) };
}

/** Some of the bytes of a text. */
export function sliceBytes(text: string, range: (length: number) => [number, number]): string {
  const bytes = Buffer.from(text);
  return bytes.subarray(...range(bytes.length)).toString();
}

/** `len x` */
export function length([first]: Values): Value {
  if (!first) throw new CallError("reflect: call of reflect.Value.Type on zero Value");
  const item = indirect(first);
  switch (item.kind) {
    case "pointer":
    case "interface":
      throw new CallError("len of nil pointer");
    case "string":
      return int(Buffer.byteLength(item.text));
    case "slice":
      return int((item.items ?? []).length);
    case "map":
      return int((item.entries ?? []).length);
    default:
      throw new CallError(`len of type ${item.type.name}`);
  }
}
