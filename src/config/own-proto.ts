const NAME = "__proto__";

/**
 * Finds an object that has `__proto__` as a key of its own, which schemas drop silently.
 * @returns the path of the object; undefined if none has it
 */
export function findOwnProto(document: unknown): PropertyKey[] | undefined {
  const left: [unknown, PropertyKey[]][] = [[document, []]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [value, path] = next;
    if (typeof value !== "object" || value === null) continue;
    if (Object.hasOwn(value, NAME)) return path;
    // No part of a configuration is nested deeper.
    if (path.length < 8) for (const [key, below] of Object.entries(value)) left.push([below, [...path, key]]);
  }
  return undefined;
}
