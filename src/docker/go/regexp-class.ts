/** Whether a character belongs to a class. */
export type Test = (character: string) => boolean;

interface Reader {
  readonly text: string;
  at: number;
}

const PERL: Readonly<Record<string, RegExp>> = { d: /[0-9]/, w: /[0-9A-Za-z_]/, s: /[\t\n\f\r ]/ };

const POSIX: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  ascii: /[\0-\x7f]/,
  blank: /[\t ]/,
  cntrl: /[\0-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t\n\v\f\r ]/,
  upper: /[A-Z]/,
  word: /[0-9A-Za-z_]/,
  xdigit: /[0-9A-Fa-f]/,
};

const CONTROLS: Readonly<Record<string, string>> = {
  a: "\x07",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Passes what a pattern matches here. @param pattern sticky */
export function take(reader: Reader, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text);
  if (found) reader.at += found[0].length;
  return found ?? undefined;
}

const testing =
  (pattern: RegExp, isNegated: boolean): Test =>
  (character) =>
    pattern.test(character) !== isNegated;

/** A class by the name of a category or a script; null for an unknown one. */
function unicodeClass(name: string, isNegated: boolean): Test | null {
  if (name === "Any") return () => !isNegated;
  for (const property of [name, `Script=${name}`]) {
    // A property that only JavaScript has, such as Emoji.
    if (property === name && !/^[CLMNPSZ][a-z]?$/.test(name)) continue;
    try {
      return testing(new RegExp(`\\p{${property}}`, "u"), isNegated);
    } catch {
      continue;
    }
  }
  return null;
}

/** `\d`, `\pL`, `[:alpha:]`: undefined if there is no such class here, null for an unknown one. */
function namedClass(reader: Reader, isInSet: boolean): Test | null | undefined {
  const [, perl = ""] = take(reader, /\\([dwsDWS])/y) ?? [];
  const found = PERL[perl.toLowerCase()];
  if (found) return testing(found, perl !== perl.toLowerCase());
  const unicode = take(reader, /\\([pP])(?:\{(\^?)(\w+)\}|([A-Z]))/y);
  if (unicode) {
    const [, letter, not = "", long, short = ""] = unicode;
    return unicodeClass(long ?? short, (letter === "P") !== (not === "^"));
  }
  const posix = isInSet ? take(reader, /\[:(\^?)(\w+):\]/y) : undefined;
  if (!posix) return undefined;
  const [, not, name = ""] = posix;
  const known = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined;
  return known ? testing(known, not === "^") : null;
}

/** The character that an escape stands for: undefined without an escape, null for an invalid one. */
function escaped(reader: Reader): string | null | undefined {
  if (reader.text[reader.at] !== "\\") return undefined;
  const code = take(reader, /\\(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]{1,6})\}|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/y);
  if (code) {
    const [, short, long, octal = "0"] = code;
    const hex = short ?? long;
    const number = hex === undefined ? parseInt(octal, 8) : parseInt(hex, 16);
    return number <= 0x10ffff ? String.fromCodePoint(number) : null;
  }
  const [, character] = take(reader, /\\([afnrtv]|[^0-9A-Za-z\u0080-\u{10ffff}])/uy) ?? [];
  return character === undefined ? null : (CONTROLS[character] ?? character);
}

/** One end of a range in a set; null if there is none. */
function endOf(reader: Reader): string | null {
  const special = escaped(reader);
  return special === undefined ? (take(reader, /./suy)?.[0] ?? null) : special;
}

function rangeIn(reader: Reader): Test | null {
  const low = endOf(reader);
  if (low === null) return null;
  const high = take(reader, /-(?!\])/y) ? endOf(reader) : low;
  if (high === null) return null;
  const [first = 0, last = 0] = [low.codePointAt(0), high.codePointAt(0)];
  if (last < first) return null;
  return (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= first && code <= last;
  };
}

/** Parses a set such as `[^a-z]`, whose bracket was passed. */
function parseSet(reader: Reader): Test | null {
  const isNegated = take(reader, /\^/y) !== undefined;
  const tests: Test[] = [];
  // A bracket at the beginning is one of the characters.
  while (tests.length === 0 || reader.text[reader.at] !== "]") {
    const test = namedClass(reader, true);
    const next = test === undefined ? rangeIn(reader) : test;
    if (next === null) return null;
    tests.push(next);
  }
  reader.at++;
  return (character) => tests.some((test) => test(character)) !== isNegated;
}

/** Parses a class or an escape: undefined if there is none here, null if it is invalid. */
export function characterClass(reader: Reader, ignoresCase: boolean): Test | null | undefined {
  const start = reader.at;
  let test = namedClass(reader, false);
  if (test === undefined) {
    const character = escaped(reader);
    if (character === null) return null;
    if (character !== undefined) test = (other) => other === character;
    else if (take(reader, /\[/y)) test = parseSet(reader);
    else return undefined;
  }
  if (test === null || !ignoresCase) return test;
  const found = test;
  // A set that excludes a letter excludes it in both cases.
  const isNegated = reader.text.startsWith("[^", start);
  const cases = (character: string) => [character, character.toLowerCase(), character.toUpperCase()];
  return (character) =>
    isNegated ? cases(character).every((each) => found(each)) : cases(character).some((each) => found(each));
}
