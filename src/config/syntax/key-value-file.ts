import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

const SPACE = /\p{White_Space}/u;
const LEADING_SPACE = /^\p{White_Space}+/u;

/** The number of the first line that is not UTF-8. */
function firstBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end + 1;
  }
  return line;
}

function decode(bytes: Uint8Array, refuse: (line: number, reason: string) => BoxError): string {
  try {
    // Takes a byte order mark away as well.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refuse(firstBadLine(bytes), "is not UTF-8");
  }
}

/**
 * Reads a file of `NAME=VALUE` lines as Docker does: empty lines and lines that begin with `#` do not count, white
 * space before a name neither; the value is everything behind the first equals sign, quotes and trailing spaces
 * included. A carriage return at the end of a line belongs to the line's end.
 * @param lookUp the value of a NAME that stands alone; undefined leaves the name out.
 * @throws BoxError of the given code
 */
export function parseKeyValueFile(
  bytes: Uint8Array,
  code: string,
  lookUp: (name: string) => string | undefined,
): [string, string][] {
  const refuse = (line: number, reason: string) => new BoxError(code, `line ${line} ${reason}`);
  return decode(bytes, refuse)
    .split("\n")
    .flatMap((raw, index): [string, string][] => {
      const line = raw.replace(/\r$/, "").replace(LEADING_SPACE, "");
      if (line === "" || line.startsWith("#")) return [];
      if (line.includes("\0")) throw refuse(index + 1, "has a NUL byte in it");
      const equals = line.indexOf("=");
      const name = equals < 0 ? line : line.slice(0, equals);
      if (name === "") throw refuse(index + 1, `has no name before the equals sign: ${quote(line)}`);
      if (SPACE.test(name)) throw refuse(index + 1, `has white space in the name ${quote(name)}`);
      if (equals >= 0) return [[name, line.slice(equals + 1)]];
      const value = lookUp(name);
      return value === undefined ? [] : [[name, value]];
    });
}
