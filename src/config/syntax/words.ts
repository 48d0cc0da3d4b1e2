import type { BoxError } from "../../errors.js";

/** Words as in a Dockerfile, with their quotes and backslashes. */
const WORD = /(?:\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"|[^\s])+/g;
/** `${A:-${B:-…}}` */
const MOST_NESTED = 20;

const NAME = /[A-Za-z_][A-Za-z0-9_]*|[0-9]+/y;

type LookUp = (name: string) => string | undefined;

/** Splits at white space outside quotes. */
export function splitWords(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** Returns a text as one word that `expandWord` expands the same: white space outside quotes gets a backslash. */
export function joinWord(text: string): string {
  return text.replace(/\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"|\s/g, (part) =>
    /^\s$/.test(part) ? `\\${part}` : part,
  );
}

/**
 * Expands a word by the rules of Dockerfiles: removes quotes and backslashes and substitutes variables: `$A`, `${A}`,
 * `${A:-default}`, `${A:+if set}`, and both without the colon.
 * @param lookUp value of a variable; undefined expands to nothing
 * @param refuse creates the error from the reason
 * @throws what `refuse` returns; whether it throws depends on the word alone
 */
export function expandWord(word: string, lookUp: LookUp, refuse: (reason: string) => BoxError): string {
  let at = 0;

  function name(): string {
    NAME.lastIndex = at;
    const found = NAME.exec(word)?.[0] ?? "";
    at += found.length;
    return found;
  }

  /** The rest of an expansion after `${`. */
  function braced(nested: number): string {
    const variable = name();
    if (variable === "") throw refuse("has a ${ without a variable name");
    const value = lookUp(variable);
    const colon = word[at] === ":";
    if (colon) at++;
    const operator = word[at++];
    if (operator === "}" && !colon) return value ?? "";
    if (operator !== "-" && operator !== "+") throw refuse("has an unsupported ${ modifier");
    const other = scan("}", nested + 1);
    const isSet = value !== undefined && !(colon && value === "");
    return operator === "-" ? (isSet ? value : other) : isSet ? other : "";
  }

  function dollar(nested: number): string {
    if (word[at] === "{") {
      at++;
      return braced(nested);
    }
    const variable = name();
    return variable === "" ? "$" : (lookUp(variable) ?? "");
  }

  function doubleQuoted(nested: number): string {
    let text = "";
    for (;;) {
      const character = word[at++];
      if (character === undefined) throw refuse('has an unterminated "');
      if (character === '"') return text;
      if (character === "$") text += dollar(nested);
      else if (character === "\\" && /["$\\]/.test(word[at] ?? "")) text += word[at++] ?? "";
      else text += character;
    }
  }

  function singleQuoted(): string {
    const end = word.indexOf("'", at);
    if (end < 0) throw refuse("has an unterminated '");
    const text = word.slice(at, end);
    at = end + 1;
    return text;
  }

  function scan(end: string | undefined, nested: number): string {
    if (nested > MOST_NESTED) throw refuse(`has more than ${MOST_NESTED} nested braces`);
    let text = "";
    for (;;) {
      const character = word[at++];
      if (character === end) return text;
      if (character === undefined) throw refuse("has an unterminated ${");
      if (character === "'") text += singleQuoted();
      else if (character === '"') text += doubleQuoted(nested);
      else if (character === "$") text += dollar(nested);
      else if (character === "\\") text += word[at++] ?? "\\";
      else text += character;
    }
  }

  return scan(undefined, 0);
}
