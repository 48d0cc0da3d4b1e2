/** A pattern of Go's path.Match, as Docker's filters take it: `*` and `?` stop at a slash, `[a-z]` is one character. */
function toExpression(pattern: string): RegExp | undefined {
  const source = pattern.replace(
    /\\(.)|\[(\^?)((?:[^\]\\]|\\.)+)\]|\*|\?|[^\w]/gs,
    (part, escaped: string | undefined, not: string | undefined, set: string | undefined) => {
      if (escaped !== undefined) return escaped.replace(/[^\w]/g, "\\$&");
      if (set !== undefined) return `[${not ?? ""}${set.replaceAll("[", "\\[")}]`;
      if (part === "*") return "[^/]*";
      return part === "?" ? "[^/]" : `\\${part}`;
    },
  );
  try {
    return new RegExp(`^${source}$`, "s");
  } catch {
    return undefined;
  }
}

/** Whether a name fits a pattern; one that is not well-formed fits nothing but itself. */
export function matchesGlob(name: string, pattern: string): boolean {
  if (name === pattern) return true;
  // Several stars in a row mean what one means, and cost a matcher dearly.
  return toExpression(pattern.slice(0, 300).replace(/\*+/g, "*"))?.test(name) ?? false;
}
