/**
 * What a terminal would obey, or what makes text look like other text: controls (C0, DEL, C1), separators of lines,
 * marks and overrides of writing direction, and halves of characters.
 */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escapeOne(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  const code = character.charCodeAt(0);
  // Within JSON, which has escaped the first 32 itself, the others are written as JSON writes them.
  return code < 0x20
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** A value that a guest, an image or a registry has given, in one line of visible characters. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escapeOne);
}

/** Text of box's own with such values in it: its lines and columns stay. */
export function visibleLines(text: string): string {
  return text.replace(UNSEEN, (character) => (/[\n\t]/.test(character) ? character : escapeOne(character)));
}

/** Stands before each line that a message quotes, such as a guest's console: no such line can pass for box's own. */
export const QUOTED = "\n  | ";
