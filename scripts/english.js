// Searches comments, messages, test titles and documents for phrases that are not idiomatic English (english/phrases.js), and
// suggests what to write instead: `npm run english [-- [--count] PATH…]`.
import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { PHRASES } from "./english/phrases.js";
import { proseOf } from "./english/prose.js";

const ROOT = join(import.meta.dirname, "..");

/** Directories at the top of a checkout that hold no source. */
const NOT_SOURCE = new Set([".git", "build", "coverage", "dist", "node_modules", "runtime-files"]);

/** Words of others, of the past, or of this script itself. */
const LEFT_OUT = [
  /^CHANGELOG\.md$/,
  /^LICENSE/,
  /(^|\/)(fixtures|screens|corpus)\//,
  /^scripts\/english(\/phrases)?\.js$/,
  /^test\/unit\/scripts\/english\.test\.ts$/,
];

/** @typedef {{ line: number, phrase: string, instead: string, rule: number }} Finding */

const SENTENCE = String.raw`(?<=^["'(\s]*|[.?!]["')]*\s+["'(]*)`;

/** @param {import("./english/phrases.js").Phrase} phrase */
function compile({ pattern, begins, only, instead, allowed = 0 }, /** @type {number} */ rule) {
  const source = begins === true ? `${SENTENCE}(?:${pattern.source})` : pattern.source;
  return { pattern: new RegExp(source, `${pattern.flags}g`), only, instead, allowed, rule };
}

const RULES = PHRASES.map(compile);

/**
 * @param {readonly import("./english/prose.js").Passage[]} passages
 * @returns {Finding[]} in the order of lines
 */
export function check(passages) {
  /** @type {Finding[]} */
  const findings = [];
  for (const { pattern, only, instead, allowed, rule } of RULES) {
    const found = passages.flatMap(({ kind, text, lines }) =>
      only && !only.includes(kind)
        ? []
        : Array.from(text.matchAll(pattern), ({ 0: phrase, index }) => ({
            line: lines[index] ?? 0,
            phrase: phrase.length > 60 ? `${phrase.slice(0, 57)}…` : phrase,
            instead,
            rule,
          })),
    );
    findings.push(...found.slice(allowed));
  }
  return findings.sort((a, b) => a.line - b.line);
}

/** @param {string} path of a file or a directory @returns {Promise<string[]>} the files there; needs no git */
async function filesUnder(path) {
  if (!(await stat(join(ROOT, path))).isDirectory()) return [path];
  const entries = await readdir(join(ROOT, path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** @param {string[]} paths @returns {Promise<string[]>} */
async function filesIn(paths) {
  const starts = paths.length > 0 ? paths : (await readdir(ROOT)).filter((name) => !NOT_SOURCE.has(name));
  const files = new Set((await Promise.all(starts.map(filesUnder))).flat());
  return [...files].filter((path) => !LEFT_OUT.some((pattern) => pattern.test(path))).sort();
}

/** @param {string} path @returns its folder, three levels at most */
const folderOf = (path) => path.split("/").slice(0, -1).slice(0, 3).join("/") || ".";

/** @param {Map<string, number>} counts */
function printCounts(counts) {
  for (const [folder, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${String(count).padStart(6)}  ${folder}`);
}

/** @param {string[]} words */
async function main(words) {
  const paths = words.filter((word) => !word.startsWith("--")).map((path) => relative(ROOT, path) || ".");
  const files = await filesIn(paths);
  /** @type {Map<string, number>} */
  const counts = new Map();
  let total = 0;
  for (const path of files) {
    const findings = check(await proseOf(path));
    total += findings.length;
    if (findings.length > 0) counts.set(folderOf(path), (counts.get(folderOf(path)) ?? 0) + findings.length);
    if (words.includes("--count")) continue;
    for (const { line, phrase, instead } of findings)
      console.log(`${path}:${line}: “${phrase}” → ${instead}`);
  }
  if (words.includes("--count")) printCounts(counts);
  console.log(total === 0 ? "no phrases found" : `${total} phrases in ${files.length} files`);
  process.exitCode = total === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
