import { BoxError } from "../../errors.js";
import { quote } from "./quote.js";

const SPACE = /[ \t]/;
/** Docker's limit for a line, in bytes. */
const MAX_LINE_BYTES = 65_535;
const LEADING_SPACE = /^\p{White_Space}+/u;

/** Returns the number of the first line that is not UTF-8. */
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
    // Also strips a byte order mark.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refuse(firstBadLine(bytes), "is not UTF-8");
  }
}

/**
 * Reads a file of `NAME=VALUE` lines as Docker does: empty lines, lines that begin with `#` and leading white space
 * are ignored; the value is everything after the first equals sign, including quotes and trailing spaces. A carriage
 * return at the end of a line is part of the line break.
 * @param lookUp value of a NAME without one; undefined skips the name
 * @throws BoxError with the given code
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
      if (Buffer.byteLength(raw) > MAX_LINE_BYTES)
        throw refuse(index + 1, `has more than ${MAX_LINE_BYTES} bytes`);
      const line = raw.replace(/\r$/, "").replace(LEADING_SPACE, "");
      if (line === "" || line.startsWith("#")) return [];
      if (line.includes("\0")) throw refuse(index + 1, "contains a NUL byte");
      const equals = line.indexOf("=");
      const name = equals < 0 ? line : line.slice(0, equals);
      if (name === "") throw refuse(index + 1, `has no name before the equals sign: ${quote(line)}`);
      if (SPACE.test(name)) throw refuse(index + 1, `has white space in the name ${quote(name)}`);
      if (equals >= 0) return [[name, line.slice(equals + 1)]];
      const value = lookUp(name);
      return value === undefined ? [] : [[name, value]];
    });
}
