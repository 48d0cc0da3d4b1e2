import { templateError } from "./error.js";
import type { Token } from "./lex.js";
import { parseNumber } from "./number.js";
import { quote, unquote } from "./quote.js";
import type { Command, List, Operand, Pipe, VariableNode } from "./tree.js";

/** Nesting of parentheses and of actions. */
const MAX_DEPTH = 500;

export interface Parser {
  readonly tokens: readonly Token[];
  readonly functions: ReadonlySet<string>;
  readonly templates: Map<string, List>;
  position: number;
  /** Those in scope. */
  variables: string[];
  /** Line of the action that is being parsed. */
  actionLine: number;
  ranges: number;
  depth: number;
}

const LAST: Token = { kind: "end", text: "", start: 0, line: 1 };

export function peek({ tokens, position }: Parser): Token {
  return tokens[position] ?? tokens.at(-1) ?? LAST;
}

export function next(parser: Parser): Token {
  const token = peek(parser);
  parser.position++;
  return token;
}

export function peekNonSpace(parser: Parser): Token {
  while (peek(parser).kind === "space") parser.position++;
  return peek(parser);
}

export function nextNonSpace(parser: Parser): Token {
  const token = peekNonSpace(parser);
  parser.position++;
  return token;
}

export function fail(token: Token, reason: string): never {
  throw templateError(`:${token.line}: ${reason}`);
}

function showToken({ kind, text }: Token): string {
  if (kind === "end") return "EOF";
  if (kind === "error") return text;
  if (kind === "keyword" || kind === "nil" || kind === "dot") return `<${text}>`;
  if (Buffer.byteLength(text) > 10) return `${quote(Array.from(text).slice(0, 10).join(""))}...`;
  return quote(text);
}

export function unexpected(parser: Parser, token: Token, context: string): never {
  if (token.kind !== "error") fail(token, `unexpected ${showToken(token)} in ${context}`);
  const started = parser.actionLine;
  if (started === 0 || started === token.line) fail(token, token.text);
  const action = token.text.endsWith(" action") ? " started" : " in action started";
  fail(token, `${token.text}${action} at :${started}`);
}

export function expect(parser: Parser, kind: Token["kind"], context: string): Token {
  const token = nextNonSpace(parser);
  return token.kind === kind ? token : unexpected(parser, token, context);
}

/** Parses something nested. */
export function nested<T>(parser: Parser, parse: () => T): T {
  if (++parser.depth > MAX_DEPTH) fail(peek(parser), "too deeply nested");
  const parsed = parse();
  parser.depth--;
  return parsed;
}

/** The text of a name in quotation marks. */
export function textOf(token: Token): string {
  return unquote(token.text) ?? fail(token, "invalid syntax");
}

function parseVariable(parser: Parser, { start, text }: Token): Operand {
  if (!parser.variables.includes(text)) fail(peek(parser), `undefined variable ${quote(text)}`);
  return { kind: "variable", name: text, path: [], start };
}

/** undefined: the next token starts no operand */
function parseTerm(parser: Parser): Operand | undefined {
  const token = peekNonSpace(parser);
  const { kind, text, start } = token;
  parser.position++;
  switch (kind) {
    case "identifier":
      if (!parser.functions.has(text)) fail(token, `function ${quote(text)} not defined`);
      return { kind: "function", name: text, start };
    case "dot":
    case "nil":
      return { kind, start };
    case "variable":
      return parseVariable(parser, token);
    case "field":
      return { kind: "field", path: [text.slice(1)], start };
    case "bool":
      return { kind: "bool", value: text === "true", start };
    case "char":
    case "complex":
    case "number": {
      const number = parseNumber(text);
      if (typeof number === "string") fail(token, number);
      return { kind: "number", text, start, ...number };
    }
    case "open":
      return nested(parser, () => parsePipe(parser, "parenthesized pipeline", "close"));
    case "string":
    case "raw":
      return { kind: "string", quoted: text, text: textOf(token), start };
    default:
      parser.position--;
      return undefined;
  }
}

function parseOperand(parser: Parser): Operand | undefined {
  const term = parseTerm(parser);
  const { start, kind } = peek(parser);
  if (!term || kind !== "field") return term;
  const path: string[] = [];
  while (peek(parser).kind === "field") path.push(next(parser).text.slice(1));
  switch (term.kind) {
    case "field":
      return { ...term, path: [...term.path, ...path], start };
    case "variable":
      return { ...term, path, start };
    case "bool":
    case "string":
    case "number":
    case "nil":
    case "dot": {
      const shown = term.kind === "string" ? term.quoted : term.kind === "number" ? term.text : undefined;
      const bare = term.kind === "bool" ? String(term.value) : term.kind === "nil" ? "nil" : ".";
      return fail(peek(parser), `unexpected . after term ${quote(shown ?? bare)}`);
    }
    default:
      return { kind: "chain", base: term, path, start };
  }
}

function parseCommand(parser: Parser): Command {
  const { start } = peekNonSpace(parser);
  const operands: Operand[] = [];
  for (;;) {
    peekNonSpace(parser);
    const operand = parseOperand(parser);
    if (operand) operands.push(operand);
    const token = next(parser);
    if (token.kind === "space") continue;
    if (token.kind === "right" || token.kind === "close") parser.position--;
    else if (token.kind !== "pipe") unexpected(parser, token, "operand");
    break;
  }
  const [first, ...rest] = operands;
  if (!first) fail(peek(parser), "empty command");
  return { kind: "command", operands: [first, ...rest], start };
}

/** `$x := `, `$x = ` or `$i, $x := ` at the start of a pipeline. */
function parseDeclarations(parser: Parser, context: string): { variables: VariableNode[]; assigns: boolean } {
  const variables: VariableNode[] = [];
  let assigns = false;
  while (peekNonSpace(parser).kind === "variable") {
    const before = parser.position;
    const { text, start } = next(parser);
    const after = peekNonSpace(parser);
    const isComma = after.kind === "other" && after.text === ",";
    if (after.kind !== "assign" && after.kind !== "declare" && !isComma) {
      parser.position = before;
      break;
    }
    parser.position++;
    variables.push({ kind: "variable", name: text, path: [], start });
    parser.variables.push(text);
    assigns = after.kind === "assign";
    if (!isComma) break;
    if (context !== "range" || variables.length > 1) fail(after, `too many declarations in ${context}`);
    const following = peekNonSpace(parser).kind;
    if (following !== "variable" && following !== "right" && following !== "close") {
      fail(peek(parser), "range can only initialize variables");
    }
  }
  return { variables, assigns };
}

const OPERANDS: ReadonlySet<Token["kind"]> = new Set([
  ...(["bool", "char", "complex", "dot", "field", "identifier", "number"] as const),
  ...(["nil", "raw", "string", "variable", "open"] as const),
]);

function checkPipe(parser: Parser, commands: readonly Command[], context: string): void {
  if (commands.length === 0) fail(peek(parser), `missing value for ${context}`);
  commands.slice(1).forEach(({ operands: [first] }, i) => {
    if (["bool", "dot", "nil", "number", "string"].includes(first.kind)) {
      fail(peek(parser), `non executable command in pipeline stage ${i + 2}`);
    }
  });
}

export function parsePipe(parser: Parser, context: string, end: "right" | "close"): Pipe {
  const { start } = peekNonSpace(parser);
  const { variables, assigns } = parseDeclarations(parser, context);
  const commands: Command[] = [];
  for (;;) {
    const token = peekNonSpace(parser);
    if (token.kind === end) {
      parser.position++;
      checkPipe(parser, commands, context);
      return { kind: "pipe", variables, assigns, commands, start };
    }
    if (!OPERANDS.has(token.kind)) unexpected(parser, next(parser), context);
    commands.push(parseCommand(parser));
  }
}
