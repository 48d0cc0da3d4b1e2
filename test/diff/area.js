// Runs the cases of an area on one side or both, and evaluates the results.
import { readRecorded, writeRecorded } from "./answers.js";
import { readArea, titleOf } from "./cases.js";
import { compare } from "./compare.js";
import { isOpen, judge } from "./judge.js";
import { runCase } from "./run.js";

/**
 * @typedef {import("./run.js").Side} Side
 * @typedef {import("./run.js").Answer} Answer
 * @typedef {import("./cases.js").Case} Case
 * @typedef {import("./judge.js").Verdict} Verdict
 * @typedef {{ docker?: Side & { versions: import("./docker-side.js").Versions }, box?: Side }} Sides
 */

/** @param {Case} one @param {string} message @param {string[]} [report] */
const complain = (one, message, report = []) =>
  console.log([`FAILED  ${titleOf(one)}: ${message}`, ...report].join("\n"));

/** @param {import("./cases.js").Area} area @param {import("./options.js").Options} options */
function casesOf({ shared, cases }, { name, open, fewVms, noVms }) {
  if (noVms && shared !== "") return [];
  // Shared boxes are started for the other cases anyway.
  return cases.filter(
    (one) => one.name.includes(name) && !(open && !isOpen(one)) && !(one.vm && fewVms && shared === ""),
  );
}

/** @param {Answer[]} answers */
function printAnswers(answers) {
  for (const { command, code, stdout, stderr } of answers)
    console.log(`  $ ${command}\n${stdout}${stderr && `  stderr: ${stderr}`}  exit code: ${code}`);
}

/**
 * @param {Side} side
 * @param {Case} one
 * @returns {Promise<Answer[] | undefined>} undefined if the script is broken or hangs; a message was printed
 */
async function ask(side, one) {
  try {
    return await runCase(side, one);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    if (message === "stopped") throw error;
    complain(one, message);
    return undefined;
  } finally {
    await side.reset();
  }
}

/**
 * @param {Side} box
 * @param {Case} one
 * @param {Answer[]} theirs
 * @param {import("./options.js").Options} options
 * @returns {Promise<Verdict>}
 */
async function compareWith(box, one, theirs, options) {
  const ours = await ask(box, one);
  if (ours === undefined) return "failed";
  const report = compare(theirs, ours, one.words);
  const { verdict, reason } = judge(one, report);
  if (verdict === "closed") options.closed.add(titleOf(one));
  if (reason !== undefined && !(verdict === "closed" && options.shrink)) complain(one, reason, report);
  if (options.open && verdict === "open") console.log([`open    ${titleOf(one)}`, ...report].join("\n"));
  if (options.commands) for (const answers of [theirs, ours]) printAnswers(answers);
  return verdict;
}

/**
 * Keeps fresh answers beside those of cases that did not run, in the order of the cases.
 * @param {import("./cases.js").Area} area
 * @param {import("./docker-side.js").Versions} versions
 * @param {import("./answers.js").Recorded["cases"]} fresh
 */
async function record(area, versions, fresh) {
  const all = { ...readRecorded(area.name)?.cases, ...fresh };
  const names = area.cases.map(({ name }) => name).filter((name) => name in all);
  const cases = Object.fromEntries(names.map((name) => [name, all[name]]));
  await writeRecorded(area.name, { ...versions, cases: /** @type {typeof fresh} */ (cases) });
}

/**
 * Compares box with a live engine, or with its recorded answers; or only records them.
 * @param {Sides} sides
 * @param {string} name of an area
 * @param {import("./options.js").Options} options
 * @returns {Promise<Record<Verdict, number>>}
 */
export async function runArea({ docker, box }, name, options) {
  const area = readArea(name);
  const cases = casesOf(area, options);
  const counts = { equal: 0, "on purpose": 0, open: 0, closed: 0, failed: 0 };
  if (cases.length === 0) return counts;
  const recorded = readRecorded(name)?.cases ?? {};
  /** @type {import("./answers.js").Recorded["cases"]} */
  const fresh = {};
  for (const side of [docker, box]) await side?.enter(area);
  for (const one of cases) {
    const old = recorded[one.name]?.script === one.stamp ? recorded[one.name]?.answers : undefined;
    const theirs = docker ? await ask(docker, one) : old;
    if (theirs === undefined) {
      if (!docker) complain(one, `no answers to this script are recorded: npm run diff -- --record ${name}`);
      counts.failed++;
      continue;
    }
    fresh[one.name] = { script: one.stamp, answers: theirs };
    if (box) counts[await compareWith(box, one, theirs, options)]++;
    const changes = docker && old ? compare(old, theirs) : [];
    if (changes.length > 0)
      console.log(
        [`note: ${titleOf(one)}: docker's answer differs from the recorded one`, ...changes].join("\n"),
      );
  }
  for (const side of [docker, box]) await side?.leave();
  if (options.record && docker) await record(area, docker.versions, fresh);
  return counts;
}
