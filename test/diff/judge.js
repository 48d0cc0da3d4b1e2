// Evaluates comparisons: whether a case may differ, and whether the lists of such cases are up to date.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { titleOf } from "./cases.js";

const OPEN = join(import.meta.dirname, "open.txt");

/** Cases with differences that are still to be fixed. */
export const open = new Set(
  (existsSync(OPEN) ? readFileSync(OPEN, "utf8") : "").split("\n").filter((line) => /^[a-z]/.test(line)),
);

/** @typedef {"equal" | "on purpose" | "open" | "failed"} Verdict */

/**
 * @param {import("./cases.js").Case} one
 * @param {string[]} report of the differences
 * @returns {{ verdict: Verdict, reason?: string }}
 */
export function judge(one, report) {
  const listed = open.has(titleOf(one));
  if (report.length > 0) {
    if (one.differs.length > 0) return { verdict: "on purpose" };
    return listed ? { verdict: "open" } : { verdict: "failed", reason: "differs" };
  }
  if (listed)
    return { verdict: "failed", reason: "does not differ any more: take it off test/diff/open.txt" };
  if (one.differs.length > 0)
    return {
      verdict: "failed",
      reason: `does not differ any more: its row in docs/differences.md (${one.differs.join(", ")}) can go`,
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
