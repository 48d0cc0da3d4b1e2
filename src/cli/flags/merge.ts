/** Parts of a document, by the names of its fields. */
export type Fields = Record<string, unknown>;

/** Lists that replace each other as a whole; all other lists add up. */
const WHOLE = new Set(["cmd", "entrypointOverride"]);

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Lays what flags say over what a file says: single values replace, lists add up with the flags' entries last, which
 * hold where only one can (variables, ulimits). What a flag does not say is undefined, and leaves the file's alone.
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
