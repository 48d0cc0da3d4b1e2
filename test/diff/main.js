// Runs the cases with docker and with box and compares: `npm run diff -- --help`, CONTRIBUTING.md.
import { freePort } from "../registry/registry.js";
import { checkVersions } from "./answers.js";
import { runArea } from "./area.js";
import { startBox } from "./box-side.js";
import { AREAS, readArea } from "./cases.js";
import { complaints } from "./differences.js";
import { startDocker } from "./docker-side.js";
import { writeArchive } from "./images.js";
import { staleEntries, takeOff } from "./judge.js";
import { readOptions, USAGE } from "./options.js";
import { BUILD, compilePrograms } from "./recorder.js";
import { killScripts } from "./run.js";
import { runScripts } from "./scripts.js";

/** @typedef {import("./judge.js").Verdict} Verdict */

/** @type {Verdict[]} */
const VERDICTS = ["equal", "on purpose", "open", "closed", "failed"];

/** @param {Record<string, Record<Verdict, number>>} counts by area */
function printTable(counts) {
  const row = (/** @type {(string | number)[]} */ cells) =>
    console.log(cells.map((cell, i) => (i === 0 ? `${cell}`.padEnd(12) : `${cell}`.padStart(11))).join(""));
  row(["area", "cases", ...VERDICTS]);
  const rows = Object.values(counts).map((count) => VERDICTS.map((verdict) => count[verdict]));
  const sum = (/** @type {number[]} */ numbers) => numbers.reduce((a, b) => a + b, 0);
  for (const [i, area] of Object.keys(counts).entries()) row([area, sum(rows[i] ?? []), ...(rows[i] ?? [])]);
  const totals = VERDICTS.map((verdict) => sum(Object.values(counts).map((count) => count[verdict])));
  row(["all", sum(totals), ...totals]);
}

/** @param {string[]} words */
async function main(words) {
  if (words.includes("--help") || words.includes("-h")) {
    console.log(USAGE);
    return;
  }
  if (words[0] === "--scripts") {
    await runScripts(words.slice(1));
    return;
  }
  const options = readOptions(words);
  const all = AREAS.map(readArea);
  const cases = all.flatMap((area) => area.cases);
  const chosen = all.filter(({ name }) => options.areas.includes(name));
  const registries = chosen.some(({ cases: some }) =>
    some.some(({ script }) => /\$(REGISTRY|PRIVATE)\b/.test(script)),
  );
  compilePrograms();
  const archive = await writeArchive(BUILD);
  /** @type {import("./area.js").Sides} */
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
    if (!options.record) sides.box = await startBox(archive, { registries, inProcess: options.inProcess });
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
      const failed = Object.values(counts).reduce((sum, { failed }) => sum + failed, 0);
      console.log(`recorded ${options.areas.join(", ")}${failed > 0 ? `, except for ${failed} cases` : ""}`);
      process.exitCode = failed === 0 ? 0 : 1;
      return;
    }
    const wrong = [...complaints(cases), ...staleEntries(cases)];
    for (const line of wrong) console.log(`FAILED  ${line}`);
    printTable(counts);
    if (options.shrink) takeOff(options.closed);
    const bad = Object.values(counts).reduce(
      (sum, { closed, failed }) => sum + closed + failed,
      wrong.length,
    );
    const failed = options.shrink ? bad - options.closed.size : bad;
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
