import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const TEST = join(import.meta.dirname, "..", "..", "..");
const document = readFileSync(join(TEST, "..", "docs", "registries.md"), "utf8");

/** The rows of the last table: rule, what box does, tests. */
const rows = document
  .slice(document.indexOf("## Conformance with the distribution specification"))
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (?:rule|---) /.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, rule = "", what = "", tests = ""]) => ({ rule, what, tests: tests.split("; ") }));

describe("docs/registries.md, the distribution specification", () => {
  it("has a row for every endpoint except those that delete", () => {
    const numbers = rows.flatMap(({ rule }) => (rule.startsWith("end-") ? (rule.match(/\d+/g) ?? []) : []));
    expect([...new Set(numbers.map(Number))].sort((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14,
    ]);
  });

  it.each(rows)("names existing tests for $rule, $what", ({ tests }) => {
    for (const test of tests) {
      const [file = "", title = "missing title"] = test.split(" > ");
      expect(readFileSync(join(TEST, file), "utf8")).toContain(title);
    }
  });
});
