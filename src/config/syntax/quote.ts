const SHOWN = 80;

function escapeControl(character: string): string {
  if (character === "\0") return "\\0";
  if (character === "\n") return "\\n";
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

/** Quotes a value for one line of an error message: truncated, with control characters escaped. */
export function quote(text: string): string {
  // Avoids spreading 10 MB only to cut most of it off.
  const begin = Array.from(text.slice(0, 2 * SHOWN + 2))
    .slice(0, SHOWN)
    .join("");
  const shown = begin.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, escapeControl);
  return `"${shown}${begin.length < text.length ? "…" : ""}"`;
}
