import { isPrintable } from "./quote.js";

export type TokenKind =
  | "error"
  | "text"
  | "left" // {{
  | "right" // }}
  | "space"
  | "bool"
  | "char"
  | "complex"
  | "number"
  | "string"
  | "raw"
  | "assign" // =
  | "declare" // :=
  | "pipe"
  | "dot"
  | "field" // .A
  | "variable" // $a
  | "identifier"
  | "keyword"
  | "nil"
  | "open"
  | "close"
  | "other" // a character such as a comma
  | "end";

export interface Token {
  kind: TokenKind;
  /** The text, or the reason for an error. */
  text: string;
  /** Where it starts in the template. */
  start: number;
  line: number;
}

const KEYWORDS = new Set([
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "range",
  "template",
  "with",
]);

/** After these, an identifier, field or variable ends. */
const TERMINATOR = /[ \t\r\n.,|:)(]|\}\}|$/y;

const WORD = /[\p{L}\p{Nd}_]+/uy;

const HEX = /0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?/.source;
const OCTAL = /0[oO][0-7_]*(?:\.[0-7_]*)?/.source;
const BINARY = /0[bB][01_]*(?:\.[01_]*)?/.source;
const DECIMAL = /[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?/.source;
const NUMBER = new RegExp(`[+-]?(?:${HEX}|${OCTAL}|${BINARY}|${DECIMAL})i?`, "y");

/** `U+0023 '#'` */
export function nameCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return isPrintable(character) ? `U+${code} '${character}'` : `U+${code}`;
}

interface Lexer {
  readonly input: string;
  readonly tokens: Token[];
  position: number;
  depth: number;
}

/** The match of a sticky pattern at the position of the lexer. */
function match({ input, position }: Lexer, pattern: RegExp): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(input)?.[0];
}

/** Adds the token that starts at the position of the lexer. */
function emit(lexer: Lexer, kind: TokenKind, text: string): true {
  lexer.tokens.push({ kind, text, start: lexer.position, line: 0 });
  lexer.position += text.length;
  return true;
}

/** @returns false: nothing comes after an error */
function fail(lexer: Lexer, reason: string): false {
  lexer.tokens.push({ kind: "error", text: reason, start: lexer.position, line: 0 });
  return false;
}

function isTerminated(lexer: Lexer, position: number): boolean {
  TERMINATOR.lastIndex = position;
  return TERMINATOR.test(lexer.input);
}

function badCharacter(lexer: Lexer, position: number): false {
  const character = String.fromCodePoint(lexer.input.codePointAt(position) ?? 0);
  return fail(lexer, `bad character ${nameCharacter(character)}`);
}

function lexNumber(lexer: Lexer): boolean {
  const start = lexer.position;
  let text = match(lexer, NUMBER) ?? "";
  const follows = (length: number) => {
    WORD.lastIndex = start + length;
    return WORD.test(lexer.input);
  };
  const bad = (length: number) => {
    const next = follows(length) ? String.fromCodePoint(lexer.input.codePointAt(start + length) ?? 0) : "";
    return fail(lexer, `bad number syntax: "${lexer.input.slice(start, start + length)}${next}"`);
  };
  if (follows(text.length)) return bad(text.length);
  if (!/[+-]/.test(lexer.input[start + text.length] ?? "")) return emit(lexer, "number", text);
  NUMBER.lastIndex = start + text.length;
  text += NUMBER.exec(lexer.input)?.[0] ?? "";
  return follows(text.length) || !text.endsWith("i") ? bad(text.length) : emit(lexer, "complex", text);
}

/** A quoted text, in which a backslash protects the next character. */
function lexQuoted(lexer: Lexer, kind: "string" | "char", pattern: RegExp): boolean {
  const text = match(lexer, pattern);
  if (text !== undefined) return emit(lexer, kind, text);
  return fail(lexer, `unterminated ${kind === "char" ? "character constant" : "quoted string"}`);
}

function lexName(lexer: Lexer, kind: "field" | "variable"): boolean {
  const { input, position } = lexer;
  if (isTerminated(lexer, position + 1)) {
    return emit(lexer, kind === "field" ? "dot" : "variable", input.charAt(position));
  }
  WORD.lastIndex = position + 1;
  const text = input.charAt(position) + (WORD.exec(input)?.[0] ?? "");
  return isTerminated(lexer, position + text.length)
    ? emit(lexer, kind, text)
    : badCharacter(lexer, position + text.length);
}

function lexIdentifier(lexer: Lexer): boolean {
  const text = match(lexer, WORD) ?? "";
  const end = lexer.position + text.length;
  if (!isTerminated(lexer, end)) return badCharacter(lexer, end);
  if (KEYWORDS.has(text)) return emit(lexer, "keyword", text);
  if (text === "nil") return emit(lexer, "nil", text);
  return emit(lexer, text === "true" || text === "false" ? "bool" : "identifier", text);
}

function lexSpace(lexer: Lexer): boolean {
  const spaces = match(lexer, /[ \t\r\n]+/y) ?? "";
  // A blank before `-}}` belongs to the delimiter.
  const trims = lexer.input.startsWith("-}}", lexer.position + spaces.length);
  const text = trims ? spaces.slice(0, -1) : spaces;
  return text === "" || emit(lexer, "space", text);
}

function lexToken(lexer: Lexer): boolean {
  const { input, position } = lexer;
  const character = String.fromCodePoint(input.codePointAt(position) ?? 0);
  if (/[ \t\r\n]/.test(character)) return lexSpace(lexer);
  switch (character) {
    case "=":
      return emit(lexer, "assign", "=");
    case ":":
      return input[position + 1] === "=" ? emit(lexer, "declare", ":=") : fail(lexer, "expected :=");
    case "|":
      return emit(lexer, "pipe", "|");
    case '"':
      return lexQuoted(lexer, "string", /"(?:\\[^\n]|[^"\\\n])*"/uy);
    case "'":
      return lexQuoted(lexer, "char", /'(?:\\[^\n]|[^'\\\n])*'/uy);
    case "`": {
      const text = match(lexer, /`[^`]*`/y);
      return text === undefined ? fail(lexer, "unterminated raw quoted string") : emit(lexer, "raw", text);
    }
    case "$":
      return lexName(lexer, "variable");
    case "(":
      lexer.depth++;
      return emit(lexer, "open", "(");
    case ")":
      lexer.depth--;
      return lexer.depth < 0 ? fail(lexer, "unexpected right paren") : emit(lexer, "close", ")");
  }
  if (character === "." && /[^0-9]/.test(input[position + 1] ?? "")) return lexName(lexer, "field");
  if (/[.+\-0-9]/.test(character)) return lexNumber(lexer);
  if (/[\p{L}\p{Nd}_]/u.test(character)) return lexIdentifier(lexer);
  if (/[!-~]/.test(character)) return emit(lexer, "other", character);
  return fail(lexer, `unrecognized character in action: ${nameCharacter(character)}`);
}

/** Passes the delimiter at the end of an action, and the space after it if that is trimmed. */
function endAction(lexer: Lexer, right: string): void {
  lexer.position += right.length - 2;
  emit(lexer, "right", "}}");
  if (right.length > 2) lexer.position += match(lexer, /[ \t\r\n]*/y)?.length ?? 0;
}

const RIGHT = /[ \t\r\n]-\}\}|\}\}/y;

/** @returns false after an error */
function lexAction(lexer: Lexer): boolean {
  lexer.depth = 0;
  for (;;) {
    const right = match(lexer, RIGHT);
    if (right !== undefined) {
      if (lexer.depth > 0) return fail(lexer, "unclosed left paren");
      endAction(lexer, right);
      return true;
    }
    if (lexer.position >= lexer.input.length) return fail(lexer, "unclosed action");
    if (!lexToken(lexer)) return false;
  }
}

/** @returns false after an error */
function lexComment(lexer: Lexer): boolean {
  const end = lexer.input.indexOf("*/", lexer.position + 2);
  if (end < 0) return fail(lexer, "unclosed comment");
  lexer.position = end + 2;
  const right = match(lexer, RIGHT);
  if (right === undefined) return fail(lexer, "comment ends before closing delimiter");
  lexer.position += right.length;
  if (right.length > 2) lexer.position += match(lexer, /[ \t\r\n]*/y)?.length ?? 0;
  return true;
}

function trimSpaceAtEnd(text: string): string {
  let end = text.length;
  while (end > 0 && " \t\r\n".includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** @returns false at the end, and after an error */
function lexText(lexer: Lexer): boolean {
  const { input, position } = lexer;
  const left = input.indexOf("{{", position);
  const text = input.slice(position, left < 0 ? undefined : left);
  const trims = left >= 0 && /^\{\{-[ \t\r\n]/.test(input.slice(left, left + 4));
  const kept = trims ? trimSpaceAtEnd(text) : text;
  if (kept !== "") emit(lexer, "text", kept);
  if (left < 0) return false;
  lexer.position = left;
  const marker = trims ? 2 : 0;
  if (input.startsWith("/*", left + 2 + marker)) {
    lexer.position += 2 + marker;
    return lexComment(lexer);
  }
  emit(lexer, "left", "{{");
  lexer.position += marker;
  return lexAction(lexer);
}

/** Splits a template into tokens. The last one is the end, or an error. */
export function lex(input: string): Token[] {
  const lexer: Lexer = { input, tokens: [], position: 0, depth: 0 };
  while (lexText(lexer));
  if (lexer.tokens.at(-1)?.kind !== "error") {
    lexer.tokens.push({ kind: "end", text: "", start: input.length, line: 0 });
  }
  let line = 1;
  let passed = 0;
  for (const token of lexer.tokens) {
    line += input.slice(passed, token.start).split("\n").length - 1;
    passed = token.start;
    token.line = line;
  }
  return lexer.tokens;
}
