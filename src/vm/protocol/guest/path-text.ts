/*
 * File names are bytes, usually UTF-8. In text, each byte that is not valid UTF-8 is represented as a lone surrogate,
 * U+DC80 to U+DCFF, as with Python's surrogateescape, so that every listed file can be opened.
 */

const ESCAPE = 0xdc00;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Length in bytes of a UTF-8 character that begins with this byte. */
function lengthFrom(first: number): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}

export function decodePath(bytes: Uint8Array): string {
  const whole = decodeStrictly(bytes);
  if (whole !== undefined) return whole;
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const length = lengthFrom(first);
    const character =
      at + length <= bytes.length ? decodeStrictly(bytes.subarray(at, at + length)) : undefined;
    text += character ?? String.fromCharCode(ESCAPE | first);
    at += character === undefined ? 1 : length;
  }
  return text;
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const ESCAPED = /(?<![\ud800-\udbff])[\udc80-\udcff]/;

/** Whether a text represents a path: no NUL, and no lone surrogates except those that `decodePath` produces. */
export const isPathText = (text: string): boolean =>
  !text.includes("\0") && !LONE_SURROGATE.test(text.replace(new RegExp(ESCAPED, "g"), ""));

/** Returns the bytes of a path, given a text for which `isPathText` holds. */
export function encodePath(text: string): Buffer {
  if (!ESCAPED.test(text)) return Buffer.from(text);
  const parts = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code & 0xff) : Buffer.from(character);
  });
  return Buffer.concat(parts);
}
