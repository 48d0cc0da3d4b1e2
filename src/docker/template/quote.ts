/** Characters that Go prints as they are: letters, marks, numbers, punctuation, symbols and the blank. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

const ESCAPES: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

export function isPrintable(character: string): boolean {
  return PRINTABLE.test(character);
}

function escape(character: string, mark: string, ascii: boolean): string {
  if (character === mark) return `\\${mark}`;
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  if (isPrintable(character) && (code < 0x80 || !ascii)) return character;
  const hex = code.toString(16);
  if (code < 0x20 || code === 0x7f) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/**
 * A text as a literal of Go.
 * @param mark the quotation mark
 * @param ascii escapes all other characters
 */
export function quote(text: string, mark = '"', ascii = false): string {
  return (
    mark +
    Array.from(text)
      .map((character) => escape(character, mark, ascii))
      .join("") +
    mark
  );
}

/** Whether a text can stand between backquotes. */
export function isRaw(text: string): boolean {
  // Tabs need no escaping.
  return !/[\u0000-\u0008\u000a-\u001f\u007f`\ufeff\ufffd]/.test(text);
}

const NAMED: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ESCAPES).map(([character, escaped]) => [escaped, character]),
);

const ESCAPE =
  /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([abfnrtv\\'"]))|([^\\])/gsuy;

/** The bytes of the parts of a literal; undefined if an escape is malformed. */
function unescape(inner: string, mark: string): { bytes: Buffer; characters: number } | undefined {
  const parts: Buffer[] = [];
  ESCAPE.lastIndex = 0;
  while (ESCAPE.lastIndex < inner.length) {
    const found = ESCAPE.exec(inner);
    if (!found) return undefined;
    const [whole, byte, short, long, octal, name, plain] = found;
    if (plain !== undefined) {
      if (plain === mark || plain === "\n") return undefined;
      parts.push(Buffer.from(plain));
    } else if (name !== undefined) {
      if (/['"]/.test(name) && name !== mark) return undefined;
      parts.push(Buffer.from(NAMED[whole] ?? name));
    } else if (byte !== undefined || octal !== undefined) {
      const value = byte === undefined ? parseInt(octal ?? "", 8) : parseInt(byte, 16);
      if (value > 255) return undefined;
      parts.push(Buffer.from([value]));
    } else {
      const code = parseInt(short ?? long ?? "", 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
      parts.push(Buffer.from(String.fromCodePoint(code)));
    }
  }
  return { bytes: Buffer.concat(parts), characters: parts.length };
}

/** The text of a string literal, in quotation marks or backquotes; undefined if it is malformed. */
export function unquote(quoted: string): string | undefined {
  const inner = quoted.slice(1, -1);
  if (quoted.startsWith("`")) return inner.replaceAll("\r", "");
  return unescape(inner, '"')?.bytes.toString();
}

/** The code of a character literal such as `'a'`, or the reason why it is none. */
export function unquoteCharacter(quoted: string): number | string {
  const parts = unescape(quoted.slice(1, -1), "'");
  if (!parts || parts.characters === 0) return "invalid syntax";
  if (parts.characters > 1) return `malformed character constant: ${quoted}`;
  const { bytes } = parts;
  return (bytes.length === 1 ? bytes[0] : bytes.toString().codePointAt(0)) ?? 0;
}
