// Runs the cases with docker and with box and compares: `npm run diff -- --help`, CONTRIBUTING.md.
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { freePort } from "../registry/registry.js";
import { readRecorded, writeRecorded } from "./answers.js";
import { startBox } from "./box-side.js";
import { AREAS, readArea, titleOf } from "./cases.js";
import { compare } from "./compare.js";
import { complaints } from "./differences.js";
import { startDocker } from "./docker-side.js";
import { writeArchive } from "./images.js";
import { judge, staleEntries } from "./judge.js";
import { readOptions, USAGE } from "./options.js";
import { BUILD, killScripts, runCase } from "./run.js";

/**
 * @typedef {import("./run.js").Side} Side
 * @typedef {import("./run.js").Answer} Answer
 * @typedef {import("./judge.js").Verdict} Verdict
 * @typedef {{ docker?: Side & { versions: import("./docker-side.js").Versions }, box?: Side }} Sides
 */

/** Compiles `docker` and `note`, which come first on the scripts' PATH. */
function compileRecorder() {
  const bin = join(BUILD, "bin");
  rmSync(bin, { recursive: true, force: true });
  mkdirSync(bin, { recursive: true });
  const source = join(import.meta.dirname, "recorder.c");
  const flags = ["-std=c11", "-Os", "-static", "-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wconversion"];
  execFileSync("gcc", [...flags, "-o", join(bin, "docker"), source]);
  symlinkSync("docker", join(bin, "note"));
}

/** @param {Answer[]} answers */
function printAnswers(answers) {
  for (const { command, code, stdout, stderr } of answers)
    console.log(`  $ ${command}\n${stdout}${stderr && `  stderr: ${stderr}`}  exit code: ${code}`);
}

/**
 * @param {import("./cases.js").Case} one
 * @param {Answer[]} docker
 * @param {Answer[]} box
 * @returns {Verdict}
 */
function conclude(one, docker, box) {
  const report = compare(docker, box, one.words);
  const { verdict, reason } = judge(one, report);
  if (reason !== undefined) console.log([`FAILED  ${titleOf(one)}: ${reason}`, ...report].join("\n"));
  return verdict;
}

/**
 * @param {Sides} sides
 * @param {string} name of an area
 * @param {import("./options.js").Options} options
 * @returns {Promise<Record<Verdict, number>>}
 */
async function runArea({ docker, box }, name, options) {
  const area = readArea(name);
  const cases = area.cases.filter((one) => one.name.includes(options.name) && !(one.vm && options.noVm));
  const recorded = readRecorded(name);
  const counts = { equal: 0, "on purpose": 0, open: 0, failed: 0 };
  if (cases.length === 0) return counts;
  /** @type {import("./answers.js").Recorded["cases"]} */
  const fresh = {};
  for (const side of [docker, box]) await side?.enter(area);
  for (const one of cases) {
    const known = recorded?.cases[one.name];
    const theirs = docker ? await runCase(docker, one) : known?.answers;
    await docker?.reset();
    if (theirs !== undefined) fresh[one.name] = { script: one.stamp, answers: theirs };
    if (!box) continue;
    if (theirs === undefined || (!docker && known?.script !== one.stamp)) {
      console.log(
        `FAILED  ${titleOf(one)}: no recorded answers of this script: npm run diff -- --record ${name}`,
      );
      counts.failed++;
      continue;
    }
    const ours = await runCase(box, one);
    await box.reset();
    counts[conclude(one, theirs, ours)]++;
    if (options.commands) for (const answers of [theirs, ours]) printAnswers(answers);
    if (docker && known?.script === one.stamp && compare(known.answers, theirs).length > 0)
      console.log(
        [`note: ${titleOf(one)}: recorded otherwise`, ...compare(known.answers, theirs)].join("\n"),
      );
  }
  for (const side of [docker, box]) await side?.leave();
  if (options.record && docker) {
    const present = new Set(area.cases.map((one) => one.name));
    const old = Object.entries(recorded?.cases ?? {}).filter(([title]) => present.has(title));
    const merged = Object.entries({ ...Object.fromEntries(old), ...fresh });
    const order = [...present];
    merged.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
    await writeRecorded(name, { ...docker.versions, cases: Object.fromEntries(merged) });
  }
  return counts;
}

/** Refuses to mix answers of different versions. @param {import("./docker-side.js").Versions} versions @param {string[]} areas */
function checkVersions({ client, engine }, areas) {
  for (const area of areas) {
    const recorded = readRecorded(area);
    if (recorded === undefined || (recorded.client === client && recorded.engine === engine)) continue;
    throw new Error(
      `the answers of ${area} are those of client ${recorded.client} and engine ${recorded.engine}, not ${client} and ${engine}; --other-versions records them all the same`,
    );
  }
}

/** @param {Record<string, Record<Verdict, number>>} counts by area */
function printTable(counts) {
  const row = (/** @type {(string | number)[]} */ cells) =>
    console.log(cells.map((cell, i) => (i === 0 ? `${cell}`.padEnd(12) : `${cell}`.padStart(11))).join(""));
  row(["area", "cases", "equal", "on purpose", "open", "failed"]);
  const total = { equal: 0, "on purpose": 0, open: 0, failed: 0 };
  for (const [area, { equal, "on purpose": purpose, open, failed }] of Object.entries(counts)) {
    row([area, equal + purpose + open + failed, equal, purpose, open, failed]);
    total.equal += equal;
    total["on purpose"] += purpose;
    total.open += open;
    total.failed += failed;
  }
  const { equal, "on purpose": purpose, open, failed } = total;
  row(["all", equal + purpose + open + failed, equal, purpose, open, failed]);
  return failed;
}

/** @param {string[]} words */
async function main(words) {
  if (words.includes("--help") || words.includes("-h")) {
    console.log(USAGE);
    return;
  }
  const options = readOptions(words);
  const all = AREAS.map(readArea);
  const cases = all.flatMap((area) => area.cases);
  const chosen = all.filter(({ name }) => options.areas.includes(name));
  const registries = chosen.some(({ cases: some }) =>
    some.some(({ script }) => /\$(REGISTRY|PRIVATE)\b/.test(script)),
  );
  compileRecorder();
  const archive = await writeArchive(BUILD);
  /** @type {Sides} */
  const sides = {};
  const stop = async () => {
    killScripts();
    await sides.box?.stop();
    await sides.docker?.stop();
  };
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.once(signal, () => void stop().finally(() => process.exit(1)));
  try {
    if (!options.recorded) sides.docker = await startDocker(archive, registries);
    if (options.record && !options.otherVersions && sides.docker)
      checkVersions(sides.docker.versions, options.areas);
    if (!options.record) sides.box = await startBox(archive, registries);
    for (const name of ["PORT1", "PORT2", "PORT3"]) {
      const port = `${await freePort()}`;
      for (const side of [sides.docker, sides.box]) {
        if (side === undefined) continue;
        side.env[name] = port;
        side.texts.push([port, `<${name}>`]);
      }
    }
    /** @type {Record<string, Record<Verdict, number>>} */
    const counts = {};
    for (const area of options.areas) counts[area] = await runArea(sides, area, options);
    if (options.record) {
      console.log(`recorded ${options.areas.join(", ")}`);
      return;
    }
    const wrong = options.whole ? [...complaints(cases), ...staleEntries(cases)] : [];
    for (const line of wrong) console.log(`FAILED  ${line}`);
    const failed = printTable(counts) + wrong.length;
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    await stop();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`diff: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
