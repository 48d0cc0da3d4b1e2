// Runs the tests closest to the changes since the branch left main: `npm run test:changed [-- [--list] [COMMIT]]`.
// Includes uncommitted changes. COMMIT replaces main.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { ROOT } from "./steps.js";
import { FAST, FAST_ENV } from "./tests/fast.js";
import { E2E_TESTS, nearestTests, reachOf, textOf, UNIT_TESTS } from "./tests/imports.js";
import { runHere, vitestCommand } from "./tests/vitest.js";

/** Native parts with tests of their own; the code in other directories is used in all of them. */
const PARTS = ["agent", "client", "switch", "vmm"];
const SHARED = /^native\/(common|filter|fuzz)\//;

/** @param {string[]} words */
const git = (...words) =>
  execFileSync("git", words, { cwd: ROOT, encoding: "utf8" }).split("\n").filter(Boolean);

/** Returns the commit to compare with: where this branch left main, or the previous commit on main itself. */
function baseCommit() {
  const [branch] = git("rev-parse", "--abbrev-ref", "HEAD");
  const hasMain = git("branch", "--list", "main").length > 0;
  return branch === "main" || !hasMain ? "HEAD" : (git("merge-base", "main", "HEAD")[0] ?? "HEAD");
}

/** @param {string} base */
function changedSince(base) {
  const tracked = git("diff", "--name-only", base);
  return [...new Set([...tracked, ...git("ls-files", "--others", "--exclude-standard")])].sort();
}

/**
 * Returns tests that mention a file without importing it: a script, a document, a program's source.
 * @param {string} file
 */
const testsNaming = (file) =>
  UNIT_TESTS.filter((test) =>
    [...reachOf(test, (name) => name.startsWith("test/"))].some(
      (name) => name.startsWith("test/") && textOf(name).includes(`"${basename(file)}"`),
    ),
  );

/** @param {string} part */
const testsOfPart = (part) =>
  UNIT_TESTS.filter((test) =>
    [...reachOf(test, (name) => name.startsWith("test/"))].some(
      (name) => name.startsWith("test/") && textOf(name).includes(`makeNative("${part}"`),
    ),
  );

/** @param {string} file */
function testsFor(file) {
  if (file.startsWith("native/")) return partsOf(file).flatMap(testsOfPart);
  if (/\.(ts|js|cjs)$/.test(file)) {
    const tests = nearestTests(file);
    return tests.length > 0 ? tests : testsNaming(file);
  }
  return testsNaming(file);
}

/** @param {string} file */
const partsOf = (file) =>
  SHARED.test(file) ? PARTS : PARTS.filter((part) => file.startsWith(`native/${part}/`));

const options = process.argv.slice(2);
const base = options.find((word) => !word.startsWith("-")) ?? baseCommit();
const changed = changedSince(base);
const isThere = (/** @type {string} */ file) => existsSync(join(ROOT, file));
/** Changed test files run completely, others without their slow tests. */
const own = changed.filter((file) => UNIT_TESTS.includes(file) && isThere(file));
const nearest = [...new Set(changed.flatMap(testsFor))].filter((file) => !own.includes(file)).sort();
const parts = [...new Set(changed.flatMap(partsOf))];
const e2e = changed.filter((file) => E2E_TESTS.includes(file) && isThere(file));

console.log(`test:changed: ${changed.length} files have changed since ${base.slice(0, 12)}`);
/** @type {{ command: string[], env?: Record<string, string> }[]} */
const runs = [
  ...parts.map((part) => ({ command: ["make", "--silent", "-C", `native/${part}`, "test"] })),
  ...(own.length > 0 ? [{ command: vitestCommand("unit", own) }] : []),
  ...(nearest.length > 0
    ? [{ command: vitestCommand("unit", [...FAST, "--passWithNoTests", ...nearest]), env: FAST_ENV }]
    : []),
];
if (runs.length === 0) console.log("test:changed: no unit test covers them");
if (options.includes("--list")) for (const { command } of runs) console.log(command.join(" "));
else if (!runs.map(({ command, env }) => runHere(command, env)).every(Boolean)) process.exitCode = 1;
for (const file of e2e) console.log(`test:changed: needs virtual machines: npm run test:one -- ${file}`);
