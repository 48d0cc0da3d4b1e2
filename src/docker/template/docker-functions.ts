import { literal } from "../go/make.js";
import { toJson, writeJson } from "../go/json.js";
import { ANY, INT, STRING, STRINGS } from "../go/type.js";
import type { IntegerValue, SliceValue, StringValue, Value } from "../go/value.js";
import { BUILTINS } from "./builtins.js";
import { CallError } from "./error.js";
import type { Functions, TemplateFunction } from "./function.js";
import { sliceBytes } from "./index.js";
import { checkParts, each, joined } from "./limit.js";
import { printValue } from "./print.js";

/** Longer than any line; a format that asks for more has a typing error. */
const MAX_PADDING = 1_000_000;

type Values = readonly (Value | undefined)[];

/** An argument whose type was checked. */
const string = (values: Values, i: number) => values[i] as StringValue;
const integer = (values: Values, i: number) => Number((values[i] as IntegerValue).value);

/** A character in upper or lower case, if that is a single character too. */
function single(character: string, other: string): string {
  return Array.from(other).length === 1 ? other : character;
}

function upper(text: string): string {
  return Array.from(text)
    .map((character) => single(character, character.toUpperCase()))
    .join("");
}

function lower(text: string): string {
  return Array.from(text)
    .map((character) => single(character, character.toLowerCase()))
    .join("");
}

/** Capitalizes words. Anything but letters, digits and underscores separates them in ASCII, else only space. */
function title(text: string): string {
  return text.replace(
    /(^|[\p{White_Space}]|(?![A-Za-z0-9_])[\u0000-\u007f])(\p{L})/gu,
    (_, before: string, letter: string) => before + upper(letter),
  );
}

function pad(values: Values): Value {
  const source = string(values, 0);
  if (source.text === "") return source;
  const [before, after] = [integer(values, 1), integer(values, 2)];
  if (before < 0 || after < 0) throw new CallError("strings: negative Repeat count");
  if (before > MAX_PADDING || after > MAX_PADDING) throw new CallError("strings: Repeat count too large");
  return { ...source, text: " ".repeat(before) + source.text + " ".repeat(after) };
}

function truncate(values: Values): Value {
  const source = string(values, 0);
  const length = integer(values, 1);
  if (length < 0) throw new CallError(`runtime error: slice bounds out of range [:${length}]`);
  return { ...source, text: sliceBytes(source.text, () => [0, length]) };
}

function split(values: Values): Value {
  const source = string(values, 0);
  const separator = string(values, 1).text;
  const parts = separator === "" ? Array.from(source.text) : source.text.split(separator);
  checkParts(parts.length);
  return { kind: "slice", type: STRINGS, items: parts.map((text) => ({ ...source, type: STRING, text })) };
}

function join(values: Values): Value {
  const items = (values[0] as SliceValue).items ?? [];
  return literal(joined(each(items, printValue), printValue(values[1])));
}

function changing(change: (text: string) => string): TemplateFunction {
  return {
    parameters: [STRING],
    call: (values) => ({ ...string(values, 0), text: change(string(values, 0).text) }),
  };
}

const DOCKERS: Readonly<Record<string, TemplateFunction>> = {
  json: {
    parameters: [ANY],
    call: ([value]) => literal(value ? writeJson(toJson(value)) : "null"),
  },
  split: { parameters: [STRING, STRING], call: split },
  join: { parameters: [STRINGS, STRING], call: join },
  title: changing(title),
  lower: changing(lower),
  upper: changing(upper),
  pad: { parameters: [STRING, INT, INT], call: pad },
  truncate: { parameters: [STRING, INT], call: truncate },
};

/** In the heading of a table, functions leave the name of the column as it is; `pad` keeps it in line. */
const HEADING: Readonly<Record<string, TemplateFunction>> = Object.fromEntries(
  Object.entries(DOCKERS)
    .filter(([name]) => name !== "pad")
    .map(([name, { parameters }]) => [
      name,
      { parameters: [STRING, ...parameters.slice(1)], call: ([value]: Values) => value },
    ]),
);

export const FUNCTIONS: Functions = new Map(Object.entries({ ...BUILTINS, ...DOCKERS }));
export const HEADING_FUNCTIONS: Functions = new Map(Object.entries({ ...BUILTINS, ...DOCKERS, ...HEADING }));
