import { visible } from "../../config/syntax/visible.js";
import { indirect, isNil, type Value } from "../go/value.js";
import { formatFloat } from "./digits.js";
import { each, joined } from "./limit.js";
import { formatInteger, formatText, pad, type Flags } from "./verbs.js";

/** In place of the address of a value in memory, which differs between runs of Docker. */
const ADDRESS = 0xc000010000n;

const NO_FLAGS: Flags = {};

/** How a value is printed: by what verb, with what flags. */
interface Style {
  readonly verb: string;
  readonly flags: Flags;
  /** Within `%!d(string=x)`, where methods are not called. */
  readonly erroring?: boolean;
}

/** `%!d(string=x)`: a verb that does not suit the value. */
function badVerb(value: Value, { verb, flags }: Style): string {
  return `%!${verb}(${value.type.name}=${show(value, { verb: "v", flags, erroring: true }, 0)})`;
}

function showText(text: string, foreign: boolean, value: Value, style: Style): string {
  const { verb, flags } = style;
  if (!"vsxXq".includes(verb)) return badVerb(value, style);
  const isQuoted = verb === "q" || (verb === "v" && flags.sharpV);
  const shown = foreign && !isQuoted && (verb === "v" || verb === "s") ? visible(text) : text;
  return formatText(shown, isQuoted ? "q" : verb, flags);
}

function showInteger(value: bigint, signed: boolean, whole: Value, style: Style): string {
  const { verb, flags } = style;
  if (!"vdboOxXcqU".includes(verb)) return badVerb(whole, style);
  const isHex = verb === "v" && flags.sharpV === true && !signed;
  return formatInteger(
    value,
    isHex ? "x" : verb === "v" ? "d" : verb,
    isHex ? { ...flags, sharp: true } : flags,
  );
}

/** With the flag `#`, a number has a decimal point and the zeros after it. */
function withPoint(number: string, verb: string, { sharp, precision }: Flags): string {
  if (!sharp || verb === "b") return number;
  const [, mantissa = "", exponent = ""] = /^(.*?)([pP].*|(?<!0[xX].*)[eE].*)?$/.exec(number) ?? [];
  const digits = mantissa.replace(/^0[xX]/, "0").replace(".", "");
  // Go counts the x of 0x as a digit.
  const extra = mantissa === "0" || verb === "x" ? 1 : 0;
  const significant = digits.replace(/^0+/, "").length + extra;
  const wanted = /[gGx]/.test(verb) ? (precision ?? 6) : 0;
  const point = mantissa.includes(".") ? "" : ".";
  return mantissa + point + "0".repeat(Math.max(0, wanted - significant)) + exponent;
}

function showFloat(value: number, whole: Value, style: Style): string {
  const { verb, flags } = style;
  const known = verb === "v" ? "g" : verb === "F" ? "f" : verb;
  if (!"begGfxXE".includes(known)) return badVerb(whole, style);
  const precision = flags.precision ?? (/[feE]/.test(known) ? 6 : undefined);
  const digits = withPoint(formatFloat(value, known, precision), known, flags);
  const isNegative = value < 0 || Object.is(value, -0);
  const sign = isNegative ? "-" : flags.plus ? "+" : flags.space ? " " : "";
  const isNumber = Number.isFinite(value);
  if (!isNumber)
    return pad((digits === "Inf" && sign === "" ? "+" : sign) + digits, { ...flags, zero: false });
  if (flags.zero && !flags.minus && sign !== "") {
    return sign + pad(digits, { ...flags, width: Math.max(0, (flags.width ?? 0) - 1) });
  }
  return pad(sign + digits, flags);
}

function showPointer(value: Value, style: Style): string {
  const { verb, flags } = style;
  const address = isNil(value) ? 0n : ADDRESS;
  if (verb === "v") {
    if (flags.sharpV) return `(${value.type.name})(${address === 0n ? "nil" : `0x${address.toString(16)}`})`;
    if (address === 0n) return pad("<nil>", flags);
    return formatInteger(address, "x", { ...flags, sharp: !flags.sharp });
  }
  if (verb === "p") return formatInteger(address, "x", { ...flags, sharp: !flags.sharp });
  if ("bodxX".includes(verb)) return formatInteger(address, verb, flags);
  return badVerb(value, style);
}

function showList(
  name: string,
  items: Iterable<string>,
  [open, close]: [string, string],
  { flags }: Style,
): string {
  return flags.sharpV ? `${name}{${joined(items, ", ")}}` : `${open}${joined(items, " ")}${close}`;
}

/** A value without its methods. */
function showPlain(value: Value, style: Style, depth: number): string {
  const { flags } = style;
  const inner = (item: Value) => show(item, style, depth + 1);
  const { name } = value.type;
  switch (value.kind) {
    case "string":
      return showText(value.text, value.foreign, value, style);
    case "bool":
      return "tv".includes(style.verb) ? pad(String(value.value), flags) : badVerb(value, style);
    case "int":
    case "uint":
      return showInteger(value.value, value.kind === "int", value, style);
    case "float":
      return showFloat(value.value, value, style);
    case "slice":
      if (flags.sharpV && !value.items) return `${name}(nil)`;
      return showList(name, each(value.items ?? [], inner), ["[", "]"], style);
    case "map": {
      if (flags.sharpV && !value.entries) return `${name}(nil)`;
      const entries = each(value.entries ?? [], ([key, item]) => `${inner(key)}:${inner(item)}`);
      return showList(name, entries, ["map[", "]"], style);
    }
    case "struct": {
      const names = flags.plusV === true || flags.sharpV === true;
      const fields = each(value.fields, ({ name, value: field }) => {
        // Go prints the value in an interface, rather than the interface.
        const shown = show(field.kind === "interface" ? (field.inner ?? field) : field, style, depth + 1);
        return names ? `${name}:${shown}` : shown;
      });
      return showList(name, fields, ["{", "}"], style);
    }
    case "interface":
      if (value.inner) return inner(value.inner);
      return flags.sharpV ? `${name}(nil)` : "<nil>";
    case "pointer":
      if (depth === 0 && value.to && ["slice", "struct", "map"].includes(value.to.kind)) {
        return `&${inner(value.to)}`;
      }
      return showPointer(value, style);
  }
}

function show(value: Value, style: Style, depth: number): string {
  const { verb, flags, erroring = false } = style;
  const stringer = value.string ?? (value.kind === "pointer" ? value.to?.string : undefined);
  if (stringer && !erroring && !flags.sharpV && "vsxXq".includes(verb)) {
    return showText(stringer(), true, value, style);
  }
  return showPlain(value, style, depth);
}

/** Prints a value by a verb of `printf`. */
export function printByVerb(value: Value | undefined, verb: string, flags: Flags): string {
  const held = value?.kind === "interface" ? value.inner : value;
  if (!held) return verb === "T" || verb === "v" ? pad("<nil>", flags) : `%!${verb}(<nil>)`;
  if (verb === "T") return formatText(held.type.name, "s", flags);
  if (verb === "p") {
    const isReference = ["pointer", "map", "slice"].includes(held.kind);
    return isReference ? showPointer(held, { verb, flags }) : badVerb(held, { verb, flags });
  }
  return show(held, { verb, flags }, 0);
}

/** Prints a value as `print` does. */
export function printValue(value: Value | undefined): string {
  return printByVerb(value, "v", NO_FLAGS);
}

/** Prints a value as an action such as `{{.Name}}` does: what a pointer points to, and `<no value>` for no value. */
export function printAction(value: Value | undefined): string {
  if (!value) return "<no value>";
  return printValue(value.kind === "pointer" ? indirect(value) : value);
}

/** Prints values as `fmt.Sprint` does: with a blank between two that are not strings. */
export function printAll(values: readonly (Value | undefined)[]): string {
  const isString = (value: Value | undefined) =>
    (value?.kind === "interface" ? value.inner : value)?.kind === "string";
  const shown = each(values, (value, i) => {
    const blank = i > 0 && !isString(value) && !isString(values[i - 1]);
    return (blank ? " " : "") + printValue(value);
  });
  return joined(shown);
}
