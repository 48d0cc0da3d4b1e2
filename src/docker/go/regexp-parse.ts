import { characterClass, take, type Test } from "./regexp-class.js";

/** A regular expression, as a tree. */
export type Expression =
  | { readonly kind: "one"; readonly test: Test }
  | { readonly kind: "place"; readonly place: Place }
  | { readonly kind: "all" | "any"; readonly parts: readonly Expression[] }
  | { readonly kind: "times"; readonly part: Expression; readonly least: number; readonly most: number };

/** Something between two characters. */
export type Place = "start" | "end" | "line start" | "line end" | "boundary" | "no boundary";

/** An expression that Go does not accept. */
export class RegexpError extends Error {}

/** Go's limits. */
const [MAX_DEPTH, MAX_REPEAT] = [1000, 1000];

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

interface Parser {
  readonly text: string;
  at: number;
  depth: number;
  readonly names: Set<string>;
}

const EMPTY: Expression = { kind: "all", parts: [] };
const fail = (): never => {
  throw new RegexpError();
};

const one = (test: Test): Expression => ({ kind: "one", test });
const place = (at: Place): Expression => ({ kind: "place", place: at });

function literal(character: string, { i }: Flags): Expression {
  if (!i) return one((other) => other === character);
  const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
  return one(
    (other) => other === character || other.toLowerCase() === lower || other.toUpperCase() === upper,
  );
}

/** Parses the part of a group after `(?`: a name, or flags for the rest of the outer group or for this one. */
function parseSpecialGroup(parser: Parser, flags: Flags): { inner: Flags; isGroup: boolean } {
  const named = take(parser, /P?<(\w+)>/y);
  if (named) {
    const [, name = ""] = named;
    if (parser.names.has(name)) fail();
    parser.names.add(name);
    return { inner: flags, isGroup: true };
  }
  const [, on = "", minus = "", end] = take(parser, /([imsU]*)(-[imsU]+)?([:)])/y) ?? fail();
  if (on === "" && minus === "" && end === ")") return { inner: flags, isGroup: false };
  const set = (flag: keyof Flags) => (flags[flag] || on.includes(flag)) && !minus.includes(flag);
  return { inner: { i: set("i"), m: set("m"), s: set("s") }, isGroup: end === ":" };
}

/** Parses a group whose parenthesis was passed. @returns flags, if it only sets these */
function parseGroup(parser: Parser, flags: Flags): Expression | Flags {
  const { inner, isGroup } = take(parser, /\?/y)
    ? parseSpecialGroup(parser, flags)
    : { inner: flags, isGroup: true };
  if (!isGroup) return inner;
  if (++parser.depth > MAX_DEPTH) fail();
  const group = parseAny(parser, inner);
  parser.depth--;
  if (!take(parser, /\)/y)) fail();
  return group;
}

const PLACES: Readonly<Record<string, Place>> = { A: "start", z: "end", b: "boundary", B: "no boundary" };

/** Parses a part without its repetition. */
function parsePart(parser: Parser, flags: Flags): Expression {
  const quoted = take(parser, /\\Q(.*?)(?:\\E|$)/sy);
  if (quoted) return { kind: "all", parts: Array.from(quoted[1] ?? "", (each) => literal(each, flags)) };
  const [, at = ""] = take(parser, /\\([AzbB])/y) ?? [];
  if (PLACES[at]) return place(PLACES[at]);
  const test = characterClass(parser, flags.i);
  if (test === null) return fail();
  if (test) return one(test);
  const [character = ""] = take(parser, /./suy) ?? fail();
  switch (character) {
    case "^":
      return place(flags.m ? "line start" : "start");
    case "$":
      return place(flags.m ? "line end" : "end");
    case ".":
      return one(flags.s ? () => true : (other) => other !== "\n");
    default:
      return literal(character, flags);
  }
}

/** Parses a repetition, such as `*` or `{2,3}`. */
function parseRepeat(parser: Parser): { least: number; most: number } | undefined {
  const found = take(parser, /(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})\??/y);
  if (!found) return undefined;
  const [text, low, comma, high] = found;
  if (low === undefined)
    return { least: text.startsWith("+") ? 1 : 0, most: text.startsWith("?") ? 1 : Infinity };
  const least = Number(low);
  const most = comma === undefined ? least : high === "" ? Infinity : Number(high);
  const isValid = least <= MAX_REPEAT && (most === Infinity || most <= MAX_REPEAT) && least <= most;
  return isValid ? { least, most } : fail();
}

function parseAll(parser: Parser, outer: Flags): { expression: Expression; flags: Flags } {
  const parts: Expression[] = [];
  let flags = outer;
  while (parser.at < parser.text.length && !/[|)]/.test(parser.text[parser.at] ?? "")) {
    // There is nothing to repeat.
    if (parseRepeat(parser)) fail();
    const part = take(parser, /\(/y) ? parseGroup(parser, flags) : parsePart(parser, flags);
    if (!("kind" in part)) {
      flags = part;
      continue;
    }
    const repeat = parseRepeat(parser);
    // `a**` is an error in Go.
    if (repeat && parseRepeat(parser)) fail();
    parts.push(repeat ? { kind: "times", part, ...repeat } : part);
  }
  return { expression: { kind: "all", parts }, flags };
}

function parseAny(parser: Parser, outer: Flags): Expression {
  const parts: Expression[] = [];
  let flags = outer;
  do {
    const { expression, flags: next } = parseAll(parser, flags);
    parts.push(expression);
    // Flags that are set in a branch apply to those after it, too.
    flags = next;
  } while (take(parser, /\|/y));
  return parts.length === 1 ? (parts[0] ?? EMPTY) : { kind: "any", parts };
}

/** Parses a regular expression of Go. @throws RegexpError */
export function parseRegexp(text: string): Expression {
  const parser: Parser = { text, at: 0, depth: 0, names: new Set() };
  const expression = parseAny(parser, { i: false, m: false, s: false });
  return parser.at < text.length ? fail() : expression;
}
