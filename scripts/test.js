// Runs every check and every test of the first tier: `npm test`. The second is scripts/test-full.js.
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { BAIL, homeOf, onKrun, prepare } from "../test/e2e/steps.js";
import { ON_KRUN } from "../test/e2e/on-krun.js";
import { begin, check, finish, FIRST_TIER, REPORTS, ROOT, run, sum, vitest } from "./steps.js";
import { countFast, SHARED } from "./tests/fast.js";

/** Unit tests get all processors although another step runs as well: they spend much of their time waiting. */
const maxWorkers = (/** @type {number} */ count) => `--maxWorkers=${Math.max(1, count)}`;

/** Each driver has its own home, with the same images. */
const qemuImages = prepare("qemu");
const krunImages = { ...prepare("krun"), after: [qemuImages] };

const onQemu = {
  ...vitest("end-to-end tests on qemu", "e2e", {
    options: [FIRST_TIER, maxWorkers(availableParallelism() - 1), BAIL],
    env: { BOX_TEST_DRIVER: "qemu", BOX_TEST_PREPARED: "1", ...homeOf("qemu") },
  }),
  after: [qemuImages],
};

/** One lab: each has a single CPU, so it may take as long as the other tests do on the rest of the machine. */
const lab = { ...onKrun(Object.keys(ON_KRUN)), after: [krunImages] };

/** Both build programs with sanitizers in the same directory. */
const native = check("native parts", ["make", "--silent", "-C", "native", "check"]);
const unit = {
  ...vitest("unit tests", "unit", { options: [FIRST_TIER, SHARED, maxWorkers(availableParallelism())] }),
  after: [native],
};

/**
 * In starting order: the checks that find mistakes in seconds while images are being prepared; then the steps that take
 * longest and use one processor; last the step that uses all processors.
 */
const STEPS = [
  qemuImages,
  check("types and lint", ["npm", "run", "--silent", "lint"]),
  check("format", ["npm", "run", "--silent", "format:check"]),
  check("direction of dependencies", ["npm", "run", "--silent", "deps"]),
  check("English", ["npm", "run", "--silent", "english"]),
  onQemu,
  krunImages,
  lab,
  native,
  check("Docker's recorded answers", [
    "node",
    "test/diff/main.js",
    "--recorded",
    "--few-vms",
    "--in-process",
  ]),
  unit,
];

console.log(
  `npm test: ${STEPS.length} steps, about 20 minutes on two cores without KVM; their output goes to ${relative(ROOT, REPORTS)}`,
);
await begin();
/** End-to-end tests wait for a sixth of their time: one more step than processors. */
const atOnce = Math.min(4, availableParallelism() + 1);
const tested = await run(STEPS, { minutes: 75, atOnce });
finish(sum([tested, countFast(join(REPORTS, "unit-tests.json"))]));
