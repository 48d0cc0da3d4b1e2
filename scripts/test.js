// Runs every check and every test of the first tier: `npm test`. The second is scripts/test-full.js.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { LABS, ON_KRUN } from "../test/e2e/on-krun.js";
import { begin, check, finish, LAB, REPORTS, ROOT, run, sum, vitest } from "./steps.js";

/** A lab sees the host's files and must not have them change under it: each driver has a BOX_HOME of its own. */
const homeOf = (driver) => ({ BOX_TEST_HOME: join(ROOT, "build", "e2e", driver) });

const prepare = (driver) =>
  check(`images for the tests on ${driver}`, ["node", "test/e2e/prepare.js"], homeOf(driver));

/** Unit tests have all processors though another step has one too: they wait for much of their time. */
const maxWorkers = (/** @type {number} */ count) => `--maxWorkers=${Math.max(1, count)}`;

/** Where nothing works any more, each test takes its whole time. */
const BAIL = "--bail=3";

const onQemu = vitest("end-to-end tests on qemu", "e2e", {
  options: [maxWorkers(availableParallelism() - 1), BAIL],
  env: { BOX_TEST_DRIVER: "qemu", BOX_TEST_PREPARED: "1", ...homeOf("qemu") },
});

/** @param {string} name of a test in ON_KRUN */
function fileOf(name) {
  const files = [`test/e2e/${name}.test.ts`, `test/attack/vm/${name}.test.ts`];
  const file = files.find((path) => existsSync(join(ROOT, path)));
  if (file === undefined) throw new Error(`test/e2e/on-krun.js names ${name}, but there is no such test`);
  return file;
}

/**
 * A lab has one processor, so one worker is enough there.
 * @param {string[]} names of tests in ON_KRUN
 */
const onKrun = (names) =>
  vitest(`end-to-end tests on krun: ${names.join(" ")}`, "e2e", {
    prefix: [LAB],
    options: [...names.map(fileOf), "--maxWorkers=1", BAIL],
    env: { BOX_TEST_DRIVER: "krun", BOX_TEST_PREPARED: "1", BOX_LAB_OUT: REPORTS, ...homeOf("krun") },
  });

/** Whatever no lab has yet runs in the last one. */
const labs = [...LABS, Object.keys(ON_KRUN).filter((name) => !LABS.flat().includes(name))]
  .filter((names) => names.length > 0)
  .map(onKrun);

/**
 * In the order in which they are begun: what finds mistakes in seconds comes early, and labs, which have one processor
 * each; at the end is what uses all of them.
 */
const STEPS = [
  ...labs.slice(0, 1),
  check("types", ["npm", "run", "--silent", "typecheck"]),
  check("lint", ["npm", "run", "--silent", "lint"]),
  check("format", ["npm", "run", "--silent", "format:check"]),
  check("direction of dependencies", ["npm", "run", "--silent", "deps"]),
  check("native parts", ["make", "--silent", "-C", "native", "check"]),
  ...labs.slice(1),
  onQemu,
  vitest("unit tests", "unit", { options: [maxWorkers(availableParallelism())] }),
];

await begin(75);
const prepared = await run([prepare("qemu"), prepare("krun")]);
const tested = await run(STEPS, Math.max(2, Math.min(4, availableParallelism())));
finish(sum([prepared, tested]));
