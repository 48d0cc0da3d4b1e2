/** Converts a pattern of Go's path.Match, as used by Docker's filters: `*` and `?` do not match a slash. */
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

/** Whether a name matches a pattern; a malformed pattern matches only itself. */
export function matchesGlob(name: string, pattern: string): boolean {
  if (name === pattern) return true;
  // Consecutive stars are equivalent to one, but make matching slow.
  return toExpression(pattern.slice(0, 300).replace(/\*+/g, "*"))?.test(name) ?? false;
}
