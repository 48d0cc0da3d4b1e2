const NAME = "__proto__";

/**
 * Where a document has a key of its own that is called `__proto__`: a schema passes over it without a word.
 * @returns the path of the object that has it; undefined when there is none
 */
export function findOwnProto(document: unknown): PropertyKey[] | undefined {
  const left: [unknown, PropertyKey[]][] = [[document, []]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [value, path] = next;
    if (typeof value !== "object" || value === null) continue;
    if (Object.hasOwn(value, NAME)) return path;
    // Nothing of a box is deeper.
    if (path.length < 8) for (const [key, below] of Object.entries(value)) left.push([below, [...path, key]]);
  }
  return undefined;
}
