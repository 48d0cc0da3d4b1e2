/** Part of a document, by field name. */
export type Fields = Record<string, unknown>;

/** Lists that are replaced as a whole; all other lists are concatenated. */
const WHOLE = new Set(["cmd", "entrypointOverride"]);

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Merges the fields of flags over those of a file, or of both over those of a pool that was started before: single values
 * are replaced; lists are concatenated, those of flags last, which take precedence where only one can apply (variables,
 * ulimits). Undefined fields leave the file's unchanged.
 */
export function mergeFields(below: Fields, above: Fields): Fields {
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const old = merged.get(key);
    if (value === undefined) continue;
    if (Array.isArray(value) && Array.isArray(old) && !WHOLE.has(key))
      merged.set(key, [...(old as unknown[]), ...(value as unknown[])]);
    else merged.set(key, isFields(value) && isFields(old) ? mergeFields(old, value) : value);
  }
  return Object.fromEntries(merged);
}
