import type { Value } from "../go/value.js";
import { unwrap } from "../go/value.js";
import { checkLength } from "./limit.js";
import { printByVerb, printValue } from "./print.js";
import type { Flags } from "./verbs.js";

/** Wider than this, and Go ignores the width of `*`. */
const MAX_WIDTH = 1_000_000;

type Arguments = readonly (Value | undefined)[];

interface Printer {
  readonly format: string;
  readonly values: Arguments;
  /** Position in the format. */
  at: number;
  /** Index of the next argument. */
  argument: number;
  /** An explicit index, as in `%[2]d`, was used. */
  reordered: boolean;
  /** The explicit indices of the current verb are good. */
  good: boolean;
  afterIndex: boolean;
  output: string;
}

/** Reads a number; undefined without one. */
function readNumber(printer: Printer): number | undefined {
  const [digits = ""] = /^[0-9]*/.exec(printer.format.slice(printer.at)) ?? [];
  printer.at += digits.length;
  if (digits === "") return undefined;
  // Go looks at the size before each digit.
  if (Number(digits.slice(0, -1)) <= MAX_WIDTH) return Number(digits);
  printer.at = printer.format.length;
  return undefined;
}

/** Reads an index such as `[2]`. */
function readIndex(printer: Printer): void {
  const { format, at } = printer;
  printer.afterIndex = false;
  if (format[at] !== "[") return;
  printer.reordered = true;
  const end = format.indexOf("]", at);
  const digits = end < 0 ? "" : format.slice(at + 1, end);
  printer.at = end < 0 ? at + 1 : end + 1;
  const index = /^[0-9]{1,7}$/.test(digits) ? Number(digits) - 1 : -1;
  if (index >= 0 && index < printer.values.length) {
    printer.argument = index;
    printer.afterIndex = true;
  } else {
    printer.good = false;
    printer.afterIndex = /^[0-9]{1,7}$/.test(digits);
  }
}

/** The width or precision that `*` takes from the arguments. */
function starred(printer: Printer): number | undefined {
  printer.at++;
  printer.afterIndex = false;
  if (printer.argument >= printer.values.length) return undefined;
  const value = unwrap(printer.values[printer.argument++]);
  if (value?.kind !== "int" && value?.kind !== "uint") return undefined;
  const number = Number(value.value);
  return Math.abs(number) <= MAX_WIDTH ? number : undefined;
}

function readFlags(printer: Printer): Flags {
  const flags: Flags = {};
  for (; printer.at < printer.format.length; printer.at++) {
    const character = printer.format[printer.at];
    if (character === "#") flags.sharp = true;
    else if (character === "0") flags.zero = true;
    else if (character === "+") flags.plus = true;
    else if (character === "-") flags.minus = true;
    else if (character === " ") flags.space = true;
    else break;
  }
  return flags;
}

function readWidth(printer: Printer, flags: Flags): void {
  if (printer.format[printer.at] !== "*") {
    const width = readNumber(printer);
    if (width === undefined) return;
    flags.width = width;
    if (printer.afterIndex) printer.good = false;
    return;
  }
  const width = starred(printer);
  if (width === undefined) printer.output += "%!(BADWIDTH)";
  else flags.width = Math.abs(width);
  if (width !== undefined && width < 0) flags.minus = true;
}

function readPrecision(printer: Printer, flags: Flags): void {
  // A full stop at the end is a verb.
  if (printer.format[printer.at] !== "." || printer.at + 1 >= printer.format.length) return;
  printer.at++;
  if (printer.afterIndex) printer.good = false;
  readIndex(printer);
  if (printer.format[printer.at] !== "*") {
    flags.precision = readNumber(printer) ?? 0;
    return;
  }
  const precision = starred(printer);
  if (precision === undefined || precision < 0) printer.output += "%!(BADPREC)";
  else flags.precision = precision;
}

function printVerb(printer: Printer, verb: string, flags: Flags): void {
  if (verb === "%") printer.output += "%";
  else if (!printer.good) printer.output += `%!${verb}(BADINDEX)`;
  else if (printer.argument >= printer.values.length) printer.output += `%!${verb}(MISSING)`;
  else {
    const { sharp, plus, ...others } = flags;
    const special = { ...others, ...(sharp ? { sharpV: true } : {}), ...(plus ? { plusV: true } : {}) };
    printer.output += printByVerb(printer.values[printer.argument++], verb, verb === "v" ? special : flags);
  }
}

/** `%!(EXTRA int=2)` */
function extra(values: Arguments): string {
  const shown = values.map((value) => {
    const held = unwrap(value);
    return held ? `${held.type.name}=${printValue(held)}` : "<nil>";
  });
  return `%!(EXTRA ${shown.join(", ")})`;
}

/** Formats values as Go's `fmt.Sprintf` does. */
export function printf(format: string, values: Arguments): string {
  const start = { at: 0, argument: 0, reordered: false, good: true, afterIndex: false, output: "" };
  const printer: Printer = { format, values, ...start };
  while (printer.at < format.length) {
    const percent = format.indexOf("%", printer.at);
    printer.output += format.slice(printer.at, percent < 0 ? undefined : percent);
    if (percent < 0) break;
    printer.at = percent + 1;
    printer.good = true;
    const flags = readFlags(printer);
    readIndex(printer);
    readWidth(printer, flags);
    readPrecision(printer, flags);
    if (!printer.afterIndex) readIndex(printer);
    const code = format.codePointAt(printer.at);
    if (code === undefined) {
      printer.output += "%!(NOVERB)";
      break;
    }
    const verb = String.fromCodePoint(code);
    printer.at += verb.length;
    printVerb(printer, verb, flags);
    checkLength(printer.output.length);
  }
  const rest = values.slice(printer.argument);
  return printer.output + (rest.length > 0 && !printer.reordered ? extra(rest) : "");
}
