// Finds imports by searching the text of files: accurate enough to choose tests, and done in a tenth of a second.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { ROOT } from "../steps.js";

const IMPORT = /\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g;
const FOLDERS = ["src", "test", "scripts", "bench"];

/** @type {Map<string, string>} texts of files, by path below the root */
const texts = new Map();

/** @param {string} file below the root */
export function textOf(file) {
  const known = texts.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(join(ROOT, file), "utf8");
  texts.set(file, text);
  return text;
}

/** Returns all source files below the root. */
export const CODE = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|js|cjs)$/.test(name))
    .map((name) => join(folder, name)),
);

export const UNIT_TESTS = CODE.filter((file) => /^test\/(unit\/.*|attack\/[^/]*)\.test\.ts$/.test(file));
export const E2E_TESTS = CODE.filter((file) => /^test\/(e2e\/.*|attack\/vm\/.*)\.test\.ts$/.test(file));

/** @param {string} file */
export const importsOf = (file) =>
  [...textOf(file).matchAll(IMPORT)].flatMap(([, path = ""]) => {
    const found = join(dirname(file), path);
    return [found, found.replace(/\.js$/, ".ts")].filter((name) => existsSync(join(ROOT, name))).slice(0, 1);
  });

/**
 * Returns a file and everything it imports, directly or indirectly.
 * @param {string} file
 * @param {(file: string) => boolean} [follow] whether to follow the imports of a file
 */
export function reachOf(file, follow = () => true) {
  const reached = new Set([file]);
  for (const one of reached) if (follow(one)) for (const other of importsOf(one)) reached.add(other);
  return reached;
}

/** @type {Map<string, string[]> | undefined} */
let known;

/** Returns the importers of each file. */
function importers() {
  if (known !== undefined) return known;
  known = new Map();
  for (const one of CODE)
    for (const other of importsOf(one)) known.set(other, [...(known.get(other) ?? []), one]);
  return known;
}

/**
 * Returns the tests closest to a file: those that import it, otherwise those that import one of its importers, and so on.
 * @param {string} file below the root, which need not exist
 */
export function nearestTests(file) {
  const seen = new Set([normalize(file)]);
  for (let level = [...seen]; level.length > 0;) {
    const tests = level.filter((name) => UNIT_TESTS.includes(name));
    if (tests.length > 0) return tests;
    level = [...new Set(level.flatMap((name) => importers().get(name) ?? []))].filter(
      (name) => !seen.has(name),
    );
    for (const name of level) seen.add(name);
  }
  return [];
}
