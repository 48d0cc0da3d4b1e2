// Runs every check and every test: `npm test`. Each step's output is shown only when it fails; the last line counts.
import { spawn } from "node:child_process";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const REPORTS = join(ROOT, "build", "reports");

/**
 * @typedef {{ name: string, command: string[], env?: Record<string, string>, report?: string }} Step
 * A step with a report is a run of vitest, whose tests are counted; any other counts as one test.
 */

/** @type {(name: string, command: string[], env?: Record<string, string>) => Step} */
const check = (name, command, env = {}) => ({ name, command, env });

/**
 * @param {string} name
 * @param {string} project
 * @param {{ prefix?: string[], env?: Record<string, string>, options?: string[] }} settings
 * @returns {Step}
 */
function vitest(name, project, { prefix = [], env = {}, options = [] } = {}) {
  const report = join(REPORTS, `${name.replaceAll(/[: ]+/g, "-")}.json`);
  // Not npx: where node is emulated, that alone takes eight seconds.
  const vitest = ["node", join(ROOT, "node_modules", "vitest", "vitest.mjs")];
  const run = [...vitest, "run", "--project", project, "--reporter=verbose", "--reporter=json"];
  return { name, command: [...prefix, ...run, ...options, `--outputFile=${report}`], env, report };
}

const LAB = join(ROOT, "scripts", "lab");

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

/**
 * Some of the end-to-end tests on krun. Each lab costs a quarter of a minute before its first test. A lab has one processor, so
 * one worker is enough there.
 * @param {string[]} names of test files
 */
const onKrun = (...names) =>
  vitest(`end-to-end tests on krun: ${names.join(" ")}`, "e2e", {
    prefix: [LAB],
    options: [...names.map((name) => `test/e2e/${name}.test.ts`), "--maxWorkers=1", BAIL],
    env: { BOX_TEST_DRIVER: "krun", BOX_TEST_PREPARED: "1", BOX_LAB_OUT: REPORTS, ...homeOf("krun") },
  });

/**
 * About the store of images (removal, cache), and about an example of the docs: no VM of theirs does anything that those
 * of other files do not.
 */
const ON_QEMU_ALONE = ["removal", "cache", "ci"];
/** The end-to-end tests that labs run, each about six minutes of a lab's processor; then the others, the least. */
const LABS = [
  ["services", "life", "commit"],
  ["restart", "named-network", "cp", "leak"],
  ["network", "workload", "start", "logs"],
  ["control", "volumes", "disk", "crash", "exec"],
];
const LAST_LAB = (await readdir(join(ROOT, "test", "e2e")))
  .flatMap((file) => /^(.*)\.test\.ts$/.exec(file)?.[1] ?? [])
  .filter((name) => ![...ON_QEMU_ALONE, ...LABS.flat()].includes(name));

/**
 * In the order in which they are begun: what finds mistakes in seconds comes early, and labs, which have one processor
 * each; at the end is what uses all of them.
 */
const STEPS = [
  onKrun(...LABS[0]),
  check("types", ["npm", "run", "--silent", "typecheck"]),
  check("lint", ["npm", "run", "--silent", "lint"]),
  check("format", ["npm", "run", "--silent", "format:check"]),
  check("direction of dependencies", ["npm", "run", "--silent", "deps"]),
  check("native parts", ["make", "--silent", "-C", "native", "check"]),
  ...LABS.slice(1).map((names) => onKrun(...names)),
  onKrun(...LAST_LAB),
  onQemu,
  vitest("unit tests", "unit", { options: [maxWorkers(availableParallelism())] }),
];

/** So many steps run side by side. */
const AT_ONCE = Math.max(2, Math.min(4, availableParallelism()));

/** All of it ends within this time, so that a test that hangs is seen in its log and not as silence. */
const TIME_LIMIT_MS = 75 * 60_000;

/** Exit code of a lab whose machine has failed; vitest has others. */
const LAB_FAILED = 125;

/** Its reason is why. */
const stop = new AbortController();

/** @param {number} group of processes */
function endGroup(group) {
  /** @param {"SIGTERM" | "SIGKILL"} signal */
  const kill = (signal) => {
    try {
      process.kill(-group, signal);
    } catch {} // it has ended
  };
  kill("SIGTERM");
  setTimeout(() => kill("SIGKILL"), 10_000).unref();
}

/**
 * @param {Step} step
 * @param {import("node:fs").WriteStream} log
 * @returns {Promise<number | null>} exit code
 */
function execute({ command: [program = "", ...args], env }, log) {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const end = () => child.pid !== undefined && endGroup(child.pid);
  stop.signal.addEventListener("abort", end);
  return new Promise((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (code) => {
      stop.signal.removeEventListener("abort", end);
      resolve(code);
    });
  });
}

/** @param {Step} step */
async function runStep(step) {
  const { name, command, report } = step;
  const started = Date.now();
  const path = join(REPORTS, `${name.replaceAll(/[: ]+/g, "-")}.log`);
  const log = createWriteStream(path);
  let code = await execute(step, log);
  if (code === LAB_FAILED && command[0] === LAB) {
    console.log(`test: the lab of "${name}" has failed, once more:\n${await lastLines(path)}`);
    code = await execute(step, log);
  }
  await new Promise((resolve) => log.end(resolve));
  const counts = report === undefined ? undefined : await readReport(report);
  const passed = counts?.passed ?? (code === 0 ? 1 : 0);
  const failed = Math.max(counts?.failed ?? 0, code === 0 ? 0 : 1);
  const skipped = counts?.skipped ?? 0;
  const seconds = Math.round((Date.now() - started) / 1000);
  const numbers = counts ? `: ${passed} passed, ${failed} failed, ${skipped} skipped` : "";
  if (failed > 0) console.log(await readFile(path, "utf8"));
  console.log(`${failed > 0 ? "FAILED" : "ok"}  ${name} (${seconds} s)${numbers}`);
  return { passed, failed, skipped };
}

/** @param {string} path */
const lastLines = async (path) => (await readFile(path, "utf8")).trimEnd().split("\n").slice(-30).join("\n");

/** @param {string} path */
async function readReport(path) {
  if (!existsSync(path)) return undefined;
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(await readFile(path, "utf8"));
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
}

await rm(REPORTS, { recursive: true, force: true });
await mkdir(REPORTS, { recursive: true });
const total = { passed: 0, failed: 0, skipped: 0 };
/** @param {Step[]} queue */
async function work(queue) {
  for (let step = queue.shift(); step && !stop.signal.aborted; step = queue.shift()) {
    const result = await runStep(step);
    for (const key of Object.keys(total)) total[key] += result[key];
  }
}
setTimeout(() => stop.abort(`not done after ${TIME_LIMIT_MS / 60_000} minutes`), TIME_LIMIT_MS).unref();
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
  process.once(signal, () => stop.abort(signal));
stop.signal.addEventListener("abort", () => console.log(`test: ${stop.signal.reason}: stopping what runs`));
const queue = [...STEPS];
await work([prepare("qemu"), prepare("krun")]);
await Promise.all(Array.from({ length: AT_ONCE }, () => work(queue)));
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
