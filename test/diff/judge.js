// Evaluates comparisons: whether a case may differ, and whether the lists of such cases are up to date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { titleOf } from "./cases.js";

const OPEN = join(import.meta.dirname, "open.txt");

const lines = existsSync(OPEN) ? readFileSync(OPEN, "utf8").split("\n") : [];

/** Cases with differences that are still to be fixed. */
const open = new Set(lines.filter((line) => /^[a-z]/.test(line)));

/** @param {import("./cases.js").Case} one */
export const isOpen = (one) => open.has(titleOf(one));

/** Removes cases from the list of open ones. @param {Set<string>} titles */
export function takeOff(titles) {
  writeFileSync(OPEN, lines.filter((line) => !titles.has(line)).join("\n"));
}

/** @typedef {"equal" | "on purpose" | "open" | "closed" | "failed"} Verdict */

/**
 * @param {import("./cases.js").Case} one
 * @param {string[]} report of the differences
 * @returns {{ verdict: Verdict, reason?: string }}
 */
export function judge(one, report) {
  const listed = isOpen(one);
  if (report.length > 0) {
    if (one.differs.length > 0) return { verdict: "on purpose" };
    return listed ? { verdict: "open" } : { verdict: "failed", reason: "differs" };
  }
  if (listed)
    return {
      verdict: "closed",
      reason: "no longer differs: remove it from test/diff/open.txt (--shrink)",
    };
  if (one.differs.length > 0)
    return {
      verdict: "failed",
      reason: `no longer differs: its row in docs/differences.md (${one.differs.join(", ")}) can go`,
    };
  return { verdict: "equal" };
}

/** @param {import("./cases.js").Case[]} cases all cases @returns {string[]} */
export function staleEntries(cases) {
  const titles = new Set(cases.map(titleOf));
  return [...open]
    .filter((title) => !titles.has(title))
    .map((title) => `test/diff/open.txt: no case ${title}`);
}
