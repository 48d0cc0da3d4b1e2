import { lex, type Token } from "./lex.js";
import {
  expect,
  fail,
  nested,
  next,
  nextNonSpace,
  parsePipe,
  peek,
  peekNonSpace,
  textOf,
  unexpected,
  type Parser,
} from "./parse-pipe.js";
import { quote } from "./quote.js";
import type { BranchNode, List, Pipe, Statement } from "./tree.js";

/** The templates of a text by their names; the text itself is "". */
export type Templates = ReadonlyMap<string, List>;

/** How a list of statements ended: at `{{end}}`, or at `{{else}}` or `{{else` of an else-if. */
type Ending = "end" | "else" | "else-if";

function parseEnding(parser: Parser): Ending {
  const { text } = nextNonSpace(parser);
  if (text === "end") {
    expect(parser, "right", "end");
    return "end";
  }
  const token = peekNonSpace(parser);
  if (token.kind === "keyword" && (token.text === "if" || token.text === "with")) return "else-if";
  expect(parser, "right", "else");
  return "else";
}

const isKeyword = ({ kind, text }: Token, ...words: string[]) => kind === "keyword" && words.includes(text);

/** Parses statements up to an ending. */
function parseList(parser: Parser): { list: List; ending: Ending } {
  const list: Statement[] = [];
  for (;;) {
    const token = peekNonSpace(parser);
    if (token.kind === "end") fail(token, "unexpected EOF");
    const statement = parseStatement(parser);
    if (typeof statement === "string") return { list, ending: statement };
    list.push(statement);
  }
}

function parseBranch(parser: Parser, kind: BranchNode["kind"]): Statement {
  const known = parser.variables.length;
  const pipe = parsePipe(parser, kind, "right");
  if (kind === "range") parser.ranges++;
  const { list, ending } = parseList(parser);
  if (kind === "range") parser.ranges--;
  let otherwise: List | undefined;
  if (ending !== "end") {
    const token = peekNonSpace(parser);
    if (ending === "else-if" && kind !== "range" && isKeyword(token, kind)) {
      parser.position++;
      // The nested branch takes the end of this one.
      otherwise = [nested(parser, () => parseBranch(parser, kind))];
    } else {
      const rest = parseList(parser);
      if (rest.ending !== "end") fail(peek(parser), "expected end; found {{else}}");
      otherwise = rest.list;
    }
  }
  parser.variables.length = known;
  return { kind, pipe, list, otherwise, start: pipe.start };
}

/** @throws BoxError invalid-format if there are two that are not empty */
function define(parser: Parser, token: Token, name: string, list: List): void {
  const isEmpty = (list: List) => list.every((node) => node.kind === "text" && node.text.trim() === "");
  const known = parser.templates.get(name);
  if (!known || isEmpty(known)) parser.templates.set(name, list);
  else if (!isEmpty(list)) fail(token, `template: multiple definition of template ${quote(name)}`);
}

/** Parses the body of a define or block. Outer variables are out of scope in it. */
function parseBody(parser: Parser, name: string, context: string): void {
  const { variables, ranges } = parser;
  Object.assign(parser, { variables: ["$"], ranges: 0 });
  const { list, ending } = nested(parser, () => parseList(parser));
  if (ending !== "end") fail(peek(parser), `unexpected {{else}} in ${context}`);
  define(parser, peek(parser), name, list);
  Object.assign(parser, { variables, ranges });
}

function parseName(parser: Parser, token: Token, context: string): string {
  return token.kind === "string" || token.kind === "raw" ? textOf(token) : unexpected(parser, token, context);
}

function parseTemplate(parser: Parser, keyword: "template" | "block"): Statement {
  const context = `${keyword} clause`;
  const token = nextNonSpace(parser);
  const name = parseName(parser, token, context);
  let pipe: Pipe | undefined;
  if (keyword === "template" && peekNonSpace(parser).kind === "right") parser.position++;
  else pipe = parsePipe(parser, context, "right");
  if (keyword === "block") parseBody(parser, name, context);
  return { kind: "template", name, pipe, start: token.start };
}

function parseJump(parser: Parser, { text, start }: Token): Statement {
  const kind = text === "break" ? "break" : "continue";
  const token = nextNonSpace(parser);
  if (token.kind !== "right") unexpected(parser, token, `{{${kind}}}`);
  if (parser.ranges === 0) fail(token, `{{${kind}}} outside {{range}}`);
  return { kind, start };
}

function parseAction(parser: Parser): Statement | Ending {
  const token = peekNonSpace(parser);
  if (isKeyword(token, "else", "end")) return parseEnding(parser);
  if (token.kind === "keyword" && token.text !== "define") {
    parser.position++;
    switch (token.text) {
      case "if":
      case "with":
      case "range": {
        const kind = token.text;
        return nested(parser, () => parseBranch(parser, kind));
      }
      case "block":
      case "template":
        return parseTemplate(parser, token.text);
      default:
        return parseJump(parser, token);
    }
  }
  return { kind: "action", pipe: parsePipe(parser, "command", "right"), start: token.start };
}

/** @returns an ending instead of a statement at `{{end}}` and `{{else}}` */
function parseStatement(parser: Parser): Statement | Ending {
  const token = nextNonSpace(parser);
  if (token.kind === "text") return { kind: "text", text: token.text, start: token.start };
  if (token.kind !== "left") unexpected(parser, token, "input");
  parser.actionLine = token.line;
  const parsed = parseAction(parser);
  parser.actionLine = 0;
  return parsed;
}

function parseDefinition(parser: Parser): void {
  const context = "define clause";
  const token = nextNonSpace(parser);
  const name = parseName(parser, token, context);
  expect(parser, "right", context);
  parseBody(parser, name, context);
}

/**
 * Parses a template and those that it defines.
 * @param functions the names of the functions that it can call
 * @throws BoxError invalid-format
 */
export function parse(text: string, functions: ReadonlySet<string>): Templates {
  const state = { variables: ["$"], position: 0, actionLine: 0, ranges: 0, depth: 0 };
  const parser: Parser = { tokens: lex(text), functions, templates: new Map(), ...state };
  const root: Statement[] = [];
  while (peek(parser).kind !== "end") {
    const before = parser.position;
    if (next(parser).kind === "left" && isKeyword(nextNonSpace(parser), "define")) {
      parseDefinition(parser);
      continue;
    }
    parser.position = before;
    const statement = parseStatement(parser);
    if (typeof statement === "string") {
      fail(peek(parser), `unexpected {{${statement === "end" ? "end" : "else"}}}`);
    }
    root.push(statement);
  }
  define(parser, peek(parser), "", root);
  return parser.templates;
}
