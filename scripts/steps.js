// Runs check and test steps, and counts results. Shows a step's output only if it fails; the last line has the totals.
import { spawn } from "node:child_process";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import "../test/judges.js";

export const ROOT = join(import.meta.dirname, "..");
export const REPORTS = join(ROOT, "build", "reports");
export const LAB = join(ROOT, "scripts", "lab");

/** Exit code of a lab whose machine has failed; vitest uses other codes. */
const LAB_FAILED = 125;

/**
 * @typedef {{ name: string, command: string[], env?: Record<string, string>, report?: string, after?: Step[] }} Step
 * A step with a report is a run of vitest, whose tests are counted; any other counts as one test. It starts after the
 * steps in `after` have ended.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 *
 * @typedef {object} Report vitest's, as far as it is read here
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {{ assertionResults: { fullName: string, status: string, failureMessages?: string[] }[] }[]} testResults
 */

/** @param {string} name of a step */
const fileName = (name) => name.replaceAll(/[^\w.-]+/g, "-");

/**
 * @param {string} name
 * @param {string[]} command
 * @param {Record<string, string>} env
 * @returns {Step}
 */
export const check = (name, command, env = {}) => ({ name, command, env });

/** Options of vitest: the tests of the first tier, and those that only the second has. */
export const FIRST_TIER = "--tags-filter=!full";
export const SECOND_TIER = "--tags-filter=full";

/**
 * @param {string} name
 * @param {string} project
 * @param {object} settings
 * @param {string[]} [settings.prefix] the beginning of the command line
 * @param {Record<string, string>} [settings.env]
 * @param {string[]} [settings.options] arguments of vitest, such as file names
 * @param {string} [settings.node] the program
 * @param {string} [settings.outside] the checkout's directory if the prefix runs the command elsewhere
 * @returns {Step}
 */
export function vitest(
  name,
  project,
  { prefix = [], env = {}, options = [], node = "node", outside = ROOT } = {},
) {
  const inside = outside === ROOT ? ROOT : ".";
  const report = join("build", "reports", `${fileName(name)}.json`);
  // Not npx, which alone takes eight seconds where Node is emulated.
  const run = [node, join(inside, "node_modules", "vitest", "vitest.mjs"), "run", "--project", project];
  const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile=${join(inside, report)}`];
  return { name, command: [...prefix, ...run, ...options, ...reporters], env, report: join(outside, report) };
}

/** Stops everything. The reason says why. */
const stop = new AbortController();

/** @param {AbortController} controller @param {number} minutes */
const abortAfter = (controller, minutes) =>
  setTimeout(() => controller.abort(`not finished after ${minutes} minutes`), minutes * 60_000).unref();

/** @param {AbortSignal} signal */
const tellWhenAborted = (signal) =>
  signal.addEventListener("abort", () => console.log(`test: ${signal.reason}: stopping all steps`));

/** Labs that were started a second time, by name of their step. */
const restarted = /** @type {string[]} */ ([]);

/** Failed tests and steps, a line each, repeated at the end of the output. */
export const failures = /** @type {string[]} */ ([]);

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

/** Runs a command and then writes the processor times of the shell and of its children to descriptor 3. */
const TIMED = '"$@" 3>&-; code=$?; times >&3; exit $code';

/** @param {string} times output of `times` @returns {number} seconds */
function secondsOf(times) {
  const [, children = ""] = times.split("\n");
  const all = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  return all.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/**
 * @param {Step} step
 * @param {import("node:fs").WriteStream} log
 * @param {AbortSignal} signal
 * @returns {Promise<{ code: number | null, cpu: number }>} exit code, and processor seconds of the processes that something
 *   waited for: not those of boxes
 */
async function execute({ command, env }, log, signal) {
  if (signal.aborted) return { code: null, cpu: 0 };
  const child = spawn("sh", ["-c", TIMED, "sh", ...command], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    detached: true,
  });
  const [, stdout, stderr, times] = /** @type {(import("node:stream").Readable | null)[]} */ (child.stdio);
  stdout?.pipe(log, { end: false });
  stderr?.pipe(log, { end: false });
  let text = "";
  times?.on("data", (/** @type {Buffer} */ chunk) => (text += chunk.toString()));
  const end = () => child.pid !== undefined && endGroup(child.pid);
  signal.addEventListener("abort", end);
  const code = await new Promise((resolve) => child.once("close", resolve));
  signal.removeEventListener("abort", end);
  return { code: /** @type {number | null} */ (code), cpu: secondsOf(text) };
}

/**
 * @param {Step} step
 * @param {AbortSignal} signal
 * @returns {Promise<Counts>}
 */
async function runStep(step, signal) {
  const { name, command, report } = step;
  const started = Date.now();
  const path = join(REPORTS, `${fileName(name)}.log`);
  const log = createWriteStream(path);
  let { code, cpu } = await execute(step, log, signal);
  // A failure of the lab itself says nothing about its tests; a second failure counts as theirs.
  if (code === LAB_FAILED && command[0] === LAB) {
    restarted.push(name);
    console.log(`test: the lab of "${name}" has failed, trying again:\n${await lastLines(path)}`);
    ({ code, cpu } = await execute(step, log, signal));
  }
  await new Promise((resolve) => log.end(resolve));
  const counts = report === undefined ? undefined : await readReport(report);
  const passed = counts?.numPassedTests ?? (code === 0 ? 1 : 0);
  const failed = Math.max(counts?.numFailedTests ?? 0, code === 0 ? 0 : 1);
  const skipped = counts?.numPendingTests ?? 0;
  const seconds = Math.round((Date.now() - started) / 1000);
  const numbers = counts ? `: ${show({ passed, failed, skipped })}` : "";
  if (failed > 0) {
    console.log(await readFile(path, "utf8"));
    const tests = counts ? failuresOf(counts) : [];
    const other = counts ? "an error outside tests" : `exit code ${code}`;
    failures.push(...(tests.length > 0 ? tests : [other]).map((failure) => `${name}: ${failure}`));
  }
  console.log(`${failed > 0 ? "FAILED" : "ok"}  ${name} (${seconds} s, ${Math.round(cpu)} of CPU)${numbers}`);
  return { passed, failed, skipped };
}

/** @param {string} path */
const lastLines = async (path) => (await readFile(path, "utf8")).trimEnd().split("\n").slice(-30).join("\n");

/** @param {string} path @returns {Promise<Report | undefined>} */
async function readReport(path) {
  if (!existsSync(path)) return undefined;
  return /** @type {Report} */ (JSON.parse(await readFile(path, "utf8")));
}

/** Returns each failed test with the first line of its error. @param {Report} report */
const failuresOf = ({ testResults }) =>
  testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "failed")
    .map(({ fullName, failureMessages: [message = ""] = [] }) => `${fullName}: ${message.split("\n")[0]}`);

/** Removes the reports of earlier runs. From now on, a signal stops all steps. */
export async function begin() {
  await rm(REPORTS, { recursive: true, force: true });
  await mkdir(REPORTS, { recursive: true });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.once(signal, () => stop.abort(signal));
  tellWhenAborted(stop.signal);
}

/**
 * Runs steps in their order, some of them in parallel.
 * @param {Step[]} steps
 * @param {object} limits
 * @param {number} limits.minutes for all steps together, so that a hanging test shows in its log
 * @param {number} [limits.atOnce]
 * @returns {Promise<Counts>}
 */
export async function run(steps, { minutes, atOnce = 1 }) {
  const late = new AbortController();
  tellWhenAborted(late.signal);
  const timer = abortAfter(late, minutes);
  const signal = AbortSignal.any([stop.signal, late.signal]);
  const queue = [...steps];
  /** @type {Map<Step, Promise<Counts>>} */
  const begun = new Map();
  const results = /** @type {Counts[]} */ ([]);
  /** @param {Step} step */
  const runAfter = async (step) => {
    for (const earlier of step.after ?? []) await begun.get(earlier);
    return runStep(step, signal);
  };
  const work = async () => {
    while (!signal.aborted) {
      const step = queue.shift();
      if (step === undefined) return;
      const running = runAfter(step);
      begun.set(step, running);
      results.push(await running);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  clearTimeout(timer);
  // Steps that were never started count as failed.
  results.push({ passed: 0, failed: queue.length, skipped: 0 });
  return sum(results);
}

/** @param {Counts[]} all */
export const sum = (all) =>
  all.reduce(
    (total, { passed, failed, skipped }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );

/** @param {Counts} counts */
export const show = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

/**
 * Prints the final lines and exits.
 * @param {Counts} total
 * @returns {never}
 */
export function finish(total) {
  if (restarted.length > 0)
    console.log(`labs that failed and were started again: ${restarted.length} (${restarted.join("; ")})`);
  if (failures.length > 0) console.log(["failures:", ...failures].join("\n  "));
  console.log(show(total));
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
}
