import { visible } from "../../config/syntax/visible.js";
import { bool, literal } from "../go/make.js";
import { ANY, STRING } from "../go/type.js";
import { indirect, isTrue, unwrap, type Value } from "../go/value.js";
import { COMPARISONS } from "./compare.js";
import { CallError } from "./error.js";
import { AS_IS, type TemplateFunction } from "./function.js";
import { index, length, slice } from "./index.js";
import { each, joined } from "./limit.js";
import { printAll, printValue } from "./print.js";
import { printf } from "./printf.js";
import { isPrintable } from "./quote.js";

type Values = readonly (Value | undefined)[];

/** The text of arguments, each as an action would print it. */
function textOf(values: Values): string {
  return printAll(
    values.map((value) => {
      const held = unwrap(value);
      return held ? indirect(held) : literal("<no value>");
    }),
  );
}

/** A single text as it is: what follows escapes all control characters. */
function rawTextOf(values: Values): string {
  const [only] = values.length === 1 ? values.map(unwrap) : [];
  return only?.kind === "string" ? only.text : textOf(values);
}

const HTML: Readonly<Record<string, string>> = {
  "\u0000": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

function escapeHtml(text: string): string {
  return text.replace(/[\u0000"'&<>]/g, (character) => HTML[character] ?? character);
}

function escapeScriptCharacter(character: string): string {
  if (/[\\'"]/.test(character)) return `\\${character}`;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x80 && isPrintable(character)) return character;
  return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

function escapeScript(text: string): string {
  return text.replace(/[\\'"<>&=\u0000-\u001f]|[^\u0000-\u007f]/gu, escapeScriptCharacter);
}

function escapeQuery(text: string): string {
  return text.replace(/[^A-Za-z0-9_.~-]/gu, (character) => {
    if (character === " ") return "+";
    return Buffer.from(character).toString("hex").toUpperCase().replace(/../g, "%$&");
  });
}

function printing(print: (values: Values) => string): TemplateFunction {
  return { parameters: [], rest: ANY, call: (values) => literal(print(values)) };
}

function formatAll([format, ...values]: Values): Value {
  if (format?.kind !== "string") return literal("");
  return literal(printf(format.foreign ? visible(format.text) : format.text, values));
}

/** Values that Docker's templates are given are never functions. */
function callFunction([called]: Values, notation: string): never {
  const held = unwrap(called);
  const name = notation === "" && held?.kind === "string" ? held.text : notation;
  throw new CallError(held ? `non-function ${name} of type ${held.type.name}` : "call of nil");
}

const decided: TemplateFunction = {
  parameters: [AS_IS],
  rest: AS_IS,
  // The arguments decide, as they are evaluated.
  call: () => undefined,
};

/** The functions of Go's templates. */
export const BUILTINS: Readonly<Record<string, TemplateFunction>> = {
  ...COMPARISONS,
  and: decided,
  or: decided,
  not: { parameters: [AS_IS], call: ([value]) => bool(!isTrue(value)) },
  index: { parameters: [AS_IS], rest: AS_IS, call: index },
  slice: { parameters: [AS_IS], rest: AS_IS, call: slice },
  len: { parameters: [AS_IS], call: length },
  call: { parameters: [AS_IS], rest: AS_IS, call: callFunction },
  print: printing(printAll),
  println: printing((values) => `${joined(each(values, printValue), " ")}\n`),
  printf: { parameters: [STRING], rest: ANY, call: formatAll },
  html: printing((values) => escapeHtml(textOf(values))),
  js: printing((values) => escapeScript(rawTextOf(values))),
  urlquery: printing((values) => escapeQuery(rawTextOf(values))),
};
