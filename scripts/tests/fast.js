// The quick unit tests: those without a VM, a docker-registry, or a long run time.
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { textOf, UNIT_TESTS } from "./imports.js";

/** Tags of excluded tests (vitest.config.ts). */
export const LEFT_OUT = ["vm", "registry", "slow", "full"];

/**
 * Option of vitest: one process runs many files of unit tests (test/unit/shared-process.ts). To start one for each costs as
 * much as the tests.
 */
export const SHARED = "--no-isolate";

/** Options of vitest. Tests also wait for timers and processes, so there is one more process than CPUs. */
export const FAST = [
  SHARED,
  `--maxWorkers=${availableParallelism() + 1}`,
  `--tags-filter=${LEFT_OUT.map((tag) => `!${tag}`).join(" && ")}`,
];

/** Loads no file whose tests are all excluded (vitest.config.ts). */
export const FAST_ENV = { BOX_TEST_FAST: "1" };

/** Leaves out the attacks as well: many need another user, or provoke what takes long. */
export const UNIT_ONLY = { BOX_TEST_UNIT_ONLY: "1" };

/** Files with a tag for all of their tests. */
export const excludedFiles = () =>
  UNIT_TESTS.filter((file) => LEFT_OUT.some((tag) => textOf(file).includes(`// @module-tag ${tag}\n`)));

/** The minimum number of quick tests in ten, not counting attacks. */
const AT_LEAST = 9;

/**
 * Checks in the report of a run of all unit tests that enough of them are quick. Counts as a test.
 * @param {string} report path of the output of vitest's JSON reporter
 */
export function countFast(report) {
  const none = { passed: 0, failed: 0, skipped: 0 };
  if (!existsSync(report)) return none;
  const { testResults } =
    /** @type {{ testResults: { name: string, assertionResults: { tags?: string[] }[] }[] }} */ (
      JSON.parse(readFileSync(report, "utf8"))
    );
  const units = testResults.filter(({ name }) => !name.includes("/test/attack/"));
  const tests = units.flatMap(({ assertionResults }) => assertionResults);
  const fast = tests.filter(({ tags = [] }) => !tags.some((tag) => LEFT_OUT.includes(tag)));
  const enough = fast.length * 10 >= tests.length * AT_LEAST;
  console.log(`${enough ? "ok" : "FAILED"}  ${fast.length} of ${tests.length} unit tests are in test:fast`);
  return { ...none, [enough ? "passed" : "failed"]: 1 };
}
