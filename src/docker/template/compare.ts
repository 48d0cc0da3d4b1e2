import { bool } from "../go/make.js";
import { compareText, isNil, unwrap, type Value } from "../go/value.js";
import { CallError } from "./error.js";
import { AS_IS, type TemplateFunction } from "./function.js";
import { printByVerb } from "./print.js";

const BASIC = new Set<Value["kind"]>(["bool", "int", "uint", "float", "string"]);

function basicKind(value: Value | undefined): Value["kind"] | undefined {
  return value && BASIC.has(value.kind) ? value.kind : undefined;
}

const isInteger = (kind: Value["kind"] | undefined) => kind === "int" || kind === "uint";

const incompatible = () => new CallError("incompatible types for comparison");

/** Whether two structs, pointers or basic values are the same. */
function isSame(a: Value, b: Value): boolean {
  if (a.type.name !== b.type.name) return false;
  if (a.kind === "struct" && b.kind === "struct") {
    return a.fields.every(({ value }, i) => {
      const other = b.fields[i]?.value;
      return other !== undefined && isSame(value, other);
    });
  }
  if (a.kind === "interface" && b.kind === "interface") {
    return a.inner && b.inner ? isSame(a.inner, b.inner) : a.inner === b.inner;
  }
  if (a.kind === "pointer" && b.kind === "pointer") return a.to === b.to;
  if (a.kind === "string" && b.kind === "string") return a.text === b.text;
  return "value" in a && "value" in b && a.value === b.value;
}

function isComparable(value: Value): boolean {
  if (value.kind === "struct") return value.fields.every((field) => isComparable(field.value));
  return value.kind !== "slice" && value.kind !== "map";
}

function isEqual(a: Value | undefined, b: Value | undefined): boolean {
  const [kindOfA, kindOfB] = [basicKind(a), basicKind(b)];
  if (kindOfA !== kindOfB) {
    if (!a || !b) return false;
    if (!isInteger(kindOfA) || !isInteger(kindOfB)) throw incompatible();
    return "value" in a && "value" in b && a.value === b.value;
  }
  if (!a || !b) return isNil(a) && isNil(b);
  if (kindOfA === undefined) {
    if (a.kind !== b.kind) {
      const show = (value: Value) => printByVerb(value, "s", {});
      throw new CallError(`non-comparable types ${show(a)}: ${a.type.name}, ${b.type.name}: ${show(b)}`);
    }
    if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
    if (!isComparable(b)) {
      throw new CallError(`non-comparable type ${printByVerb(b, "s", {})}: ${b.type.name}`);
    }
  }
  if (a.kind === "string" && b.kind === "string") return a.text === b.text;
  if ("value" in a && "value" in b) return a.value === b.value;
  return isSame(a, b);
}

function isLess(a: Value | undefined, b: Value | undefined): boolean {
  const [kindOfA, kindOfB] = [basicKind(a), basicKind(b)];
  if (!a || !b || kindOfA === undefined || kindOfB === undefined) {
    throw new CallError("invalid type for comparison");
  }
  if (kindOfA !== kindOfB && !(isInteger(kindOfA) && isInteger(kindOfB))) throw incompatible();
  if (kindOfA === "bool") throw new CallError("invalid type for comparison");
  if (a.kind === "string" && b.kind === "string") return compareText(a.text, b.text) < 0;
  return "value" in a && "value" in b && a.value < b.value;
}

function two(compare: (a: Value | undefined, b: Value | undefined) => boolean): TemplateFunction {
  return {
    parameters: [AS_IS, AS_IS],
    call: ([a, b]) => bool(compare(unwrap(a), unwrap(b))),
  };
}

function isEqualToAny([first, ...others]: readonly (Value | undefined)[]): boolean {
  if (others.length === 0) throw new CallError("missing argument for comparison");
  return others.some((other) => isEqual(unwrap(first), unwrap(other)));
}

/** `eq` and its kin. */
export const COMPARISONS: Readonly<Record<string, TemplateFunction>> = {
  eq: { parameters: [AS_IS], rest: AS_IS, call: (values) => bool(isEqualToAny(values)) },
  ne: two((a, b) => !isEqual(a, b)),
  lt: two(isLess),
  le: two((a, b) => isLess(a, b) || isEqual(a, b)),
  gt: two((a, b) => !isLess(a, b) && !isEqual(a, b)),
  ge: two((a, b) => !isLess(a, b)),
};
