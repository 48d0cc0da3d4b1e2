import { isPrintable, isRaw, quote } from "./quote.js";

/** The flags, width and precision of a verb of `printf`. */
export interface Flags {
  minus?: boolean;
  plus?: boolean;
  sharp?: boolean;
  space?: boolean;
  zero?: boolean;
  /** `%+v` */
  plusV?: boolean;
  /** `%#v` */
  sharpV?: boolean;
  width?: number;
  precision?: number;
}

/** Pads a text to the width of a verb. */
export function pad(text: string, { width = 0, minus, zero }: Flags): string {
  if (width === 0) return text;
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (minus) return text + " ".repeat(missing);
  return (zero ? "0" : " ").repeat(missing) + text;
}

function hexOf(text: string, upper: boolean, flags: Flags): string {
  const bytes = Buffer.from(text).subarray(0, flags.precision);
  const prefix = flags.sharp ? (upper ? "0X" : "0x") : "";
  if (bytes.length === 0) return pad("", flags);
  const digits = upper ? bytes.toString("hex").toUpperCase() : bytes.toString("hex");
  const hex = flags.space ? digits.replace(/(?<=..)../g, ` ${prefix}$&`) : digits;
  return pad(prefix + hex, flags);
}

/** @param verb s, v, q, x or X */
export function formatText(text: string, verb: string, flags: Flags): string {
  if (verb === "x" || verb === "X") return hexOf(text, verb === "X", flags);
  const cut = flags.precision === undefined ? text : Array.from(text).slice(0, flags.precision).join("");
  if (verb !== "q") return pad(cut, flags);
  if (flags.sharp && isRaw(cut)) return pad(`\`${cut}\``, flags);
  return pad(quote(cut, '"', flags.plus), flags);
}

function characterOf(value: bigint): string {
  const isValid = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value < 0xe000n);
  return isValid ? String.fromCodePoint(Number(value)) : "\ufffd";
}

function formatUnicode(value: bigint, flags: Flags): string {
  const code = BigInt.asUintN(64, value).toString(16).toUpperCase();
  const character = characterOf(value);
  const digits = code.padStart(Math.max(4, flags.precision ?? 0), "0");
  const shown = flags.sharp && value <= 0x10ffffn && isPrintable(character) ? ` '${character}'` : "";
  return pad(`U+${digits}${shown}`, { ...flags, zero: false });
}

const BASES: Readonly<Record<string, number>> = { d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function prefixOf(digits: string, verb: string, { sharp = false }: Flags): string {
  const prefix = verb === "O" ? "0o" : "";
  if (!sharp) return prefix;
  if (verb === "b") return "0b";
  if (verb === "x" || verb === "X") return `0${verb}`;
  return (verb === "o" || verb === "O") && !digits.startsWith("0") ? `${prefix}0` : prefix;
}

/** @param verb b, c, d, o, O, q, U, x or X */
export function formatInteger(value: bigint, verb: string, flags: Flags): string {
  if (verb === "c") return pad(characterOf(value), flags);
  if (verb === "q") return pad(quote(characterOf(value), "'", flags.plus), flags);
  if (verb === "U") return formatUnicode(value, flags);
  if (flags.precision === 0 && value === 0n) return pad("", { ...flags, zero: false });
  const isNegative = value < 0n;
  const sign = isNegative ? "-" : flags.plus ? "+" : flags.space ? " " : "";
  let digits = (isNegative ? -value : value).toString(BASES[verb] ?? 10);
  if (verb === "X") digits = digits.toUpperCase();
  const zeros = flags.zero && !flags.minus ? (flags.width ?? 0) - sign.length : 0;
  digits = digits.padStart(flags.precision ?? zeros, "0");
  return pad(sign + prefixOf(digits, verb, flags) + digits, { ...flags, zero: false });
}
