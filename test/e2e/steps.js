// Steps of the end-to-end tests, for both tiers of tests.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { check, FIRST_TIER, LAB, REPORTS, ROOT, vitest } from "../../scripts/steps.js";

/** Each driver has its own BOX_HOME: a lab sees the host's files, which must not change while it runs. */
export const homeOf = (/** @type {string} */ driver) => ({
  BOX_TEST_HOME: join(ROOT, "build", "e2e", driver),
});

export const prepare = (/** @type {string} */ driver) =>
  check(`images for the tests on ${driver}`, ["node", "test/e2e/prepare.js"], homeOf(driver));

/** If everything is broken, each test would run into its timeout. */
export const BAIL = "--bail=3";

/** @param {string} name of a test */
function fileOf(name) {
  const files = [`test/e2e/${name}.test.ts`, `test/attack/vm/${name}.test.ts`];
  const file = files.find((path) => existsSync(join(ROOT, path)));
  if (file === undefined) throw new Error(`test/e2e/on-krun.js names ${name}, but there is no such test`);
  return file;
}

/**
 * A lab has one CPU, so one worker is enough.
 * @param {string[]} names of tests
 * @param {Record<string, string>} [env]
 */
export const onKrun = (names, env = {}) =>
  vitest(`end-to-end tests on krun: ${names.join(" ")}`, "e2e", {
    prefix: [LAB],
    options: [...names.map(fileOf), "--maxWorkers=1", BAIL, ...(env["BOX_TEST_FULL"] ? [] : [FIRST_TIER])],
    env: { BOX_TEST_DRIVER: "krun", BOX_TEST_PREPARED: "1", BOX_LAB_OUT: REPORTS, ...homeOf("krun"), ...env },
  });
