// Reads from docs/differences.md what may differ: a row with `<!-- key: NAME -->` permits differences in cases that name
// the key.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PAGE = join(import.meta.dirname, "..", "..", "docs", "differences.md");

/** @param {string} text of the page */
export const keysIn = (text) =>
  [...text.matchAll(/^\|.*<!-- key: ([a-z0-9-]+) -->.*\|$/gm)].map(([, key = ""]) => key);

/**
 * @param {import("./cases.js").Case[]} cases all cases
 * @param {string} [text]
 * @returns {string[]} what is wrong with the keys of cases and page
 */
export function complaints(cases, text = readFileSync(PAGE, "utf8")) {
  const keys = keysIn(text);
  const used = new Set(cases.flatMap(({ differs }) => differs));
  const unknown = cases.flatMap(({ area, name, differs }) =>
    differs
      .filter((key) => !keys.includes(key))
      .map((key) => `${area}/${name}: no row of docs/differences.md has the key ${key}`),
  );
  const unused = keys.filter((key) => !used.has(key));
  return [...unknown, ...unused.map((key) => `docs/differences.md: no case has the key ${key}`)];
}
