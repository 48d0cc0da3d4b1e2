/**
 * Characters that control a terminal or disguise text: control characters (C0, DEL, C1), line separators,
 * bidirectional marks and overrides, and lone surrogates.
 */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escapeOne(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  const code = character.charCodeAt(0);
  // JSON.stringify escapes only the first 32; the others get JSON's notation, so that JSON stays valid.
  return code < 0x20
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** Escapes a value from a guest, image or registry, such that it is one line of visible characters. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escapeOne);
}

/** Escapes a text of box's own that contains such values; line breaks and tabs stay. */
export function visibleLines(text: string): string {
  return text.replace(UNSEEN, (character) => (/[\n\t]/.test(character) ? character : escapeOne(character)));
}

/** Prefix of quoted lines in a message, such as those of a guest's console, so that none can pass for box's own. */
export const QUOTED = "\n  | ";

/** Escapes a message of one line, which may be followed by quoted lines. */
export function visibleMessage(message: string): string {
  return message.split(QUOTED).map(visible).join(QUOTED);
}
