// Compares the time of `box pull` from a registry on loopback with that of copying the same image with skopeo and
// unpacking it with umoci, in the same run; and a pull of an image that is up to date with `box --version`, which loads
// next to nothing.
//
//   node bench/pull.js [--rounds N] [--case NAME]… [--warm] [--msb]
// --warm: only the pull of an image that is up to date. --msb: also microsandbox's `msb pull`, from the npm registry.
// Needs build/judges (`scripts/judges`) and a built dist/.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { push, startRegistry } from "../test/registry/registry.js";
import { installMsb } from "./msb.js";
import { makeImage } from "./pull-image.js";
import { median } from "./timing.js";

const ROOT = join(import.meta.dirname, "..");
const BUILD = join(ROOT, "build", "bench-pull");
const BOX = join(ROOT, "dist", "box.js");

/** @typedef {{ seed: number, megabytes: number }} Layer two of the same seed and size are the same */

/** @param {number[]} sizes in megabytes @param {number} [first] the first seed @returns {Layer[]} */
const layers = (sizes, first = 0) => sizes.map((megabytes, i) => ({ seed: first + i, megabytes }));

/** A base system, a large runtime, packages, an application, data. */
const BASE = [80, 180, 120, 70, 45];

/**
 * `before` is pulled beforehand, which is not measured.
 * @type {Record<string, { about: string, layers: Layer[], before?: string }>}
 */
const CASES = {
  large: { about: "500 MB in 6 layers", layers: layers([...BASE, 5]) },
  one: { about: "60 MB in 1 layer", layers: layers([60], 100) },
  many: {
    about: "40 layers of 1 MB",
    layers: layers(
      Array.from({ length: 40 }, () => 1),
      200,
    ),
  },
  shared: {
    about: "a second image with 90 % of the first one's",
    before: "large",
    layers: [...layers(BASE), ...layers([50], 300)],
  },
};

/** @param {string} name */
function caseOf(name) {
  const found = CASES[name];
  if (found === undefined)
    throw new Error(`no such case: "${name}"; there are ${Object.keys(CASES).join(", ")}`);
  return found;
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    case: { type: "string", multiple: true, default: Object.keys(CASES) },
    warm: { type: "boolean", default: false },
    msb: { type: "boolean", default: false },
  },
});

/**
 * Runs a command until it exits.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env] added to this process's
 * @returns seconds, and its peak resident memory in MB
 */
async function measure(command, args, env = {}) {
  // Read from /proc while the command runs, because GNU time would be another package to install.
  const started = process.hrtime.bigint();
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (/** @type {Buffer} */ data) => (errors += data.toString()));
  let peakKb = 0;
  const look = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    peakKb = Math.max(peakKb, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0));
  };
  const timer = setInterval(() => void look(), 20);
  const [code] = /** @type {[number | null]} */ (await once(child, "close"));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  clearInterval(timer);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${errors}`);
  return { seconds, peakMb: Math.round(peakKb / 1024) };
}

/**
 * Alternates between pulling an image that is up to date and the shortest command.
 * @param {string} image
 * @param {string} home
 * @returns medians in seconds and their ratio
 */
async function measureWarm(image, home) {
  const env = { BOX_HOME: home };
  await boxPull(image, home);
  const rounds = [];
  for (let round = 0; round <= 20; round++) {
    const version = await measure(process.execPath, [BOX, "--version"], env);
    const pull = await boxPull(image, home);
    // The first round only warms the page cache.
    if (round > 0) rounds.push({ version: version.seconds, pull: pull.seconds });
  }
  return {
    versionSeconds: median(rounds.map(({ version }) => version)),
    warmSeconds: median(rounds.map(({ pull }) => pull)),
    warmRatio: median(rounds.map(({ version, pull }) => pull / version)),
  };
}

/** @param {string} image @param {string} home */
const boxPull = (image, home) => measure(process.execPath, [BOX, "pull", image], { BOX_HOME: home });

/** @param {string} image @param {string} copy */
const skopeoCopy = (image, copy) =>
  measure("skopeo", ["copy", "-q", "--src-tls-verify=false", `docker://${image}`, `oci:${copy}:latest`]);

/** @param {string} msb @param {string} image @param {string} home */
const msbPull = (msb, image, home) =>
  measure(msb, ["pull", "--quiet", "--insecure", image], { MSB_HOME: home });

/**
 * Alternates between `box pull` and the same with its peers.
 * @param {string} image
 * @param {string} [before] an image that all of them pull first
 */
async function measureCold(image, before) {
  const rounds = [];
  // The first round only warms the page cache that all of them read from.
  for (let round = 0; round <= Number(values.rounds); round++) {
    const home = join(folder, "home");
    const copy = join(folder, "copy");
    const bundle = join(folder, "bundle");
    const msbHome = join(folder, "msb");
    if (before) await Promise.all([boxPull(before, home), skopeoCopy(before, copy)]);
    if (before && msb) await msbPull(msb, before, msbHome);
    const box = await boxPull(image, home);
    const skopeo = await skopeoCopy(image, copy);
    const umoci = await measure("umoci", ["unpack", "--rootless", "--image", `${copy}:latest`, bundle]);
    const other = msb === undefined ? undefined : await msbPull(msb, image, msbHome);
    if (round > 0) rounds.push({ box, peer: skopeo.seconds + umoci.seconds, msb: other?.seconds ?? NaN });
    for (const path of [home, copy, bundle, msbHome]) await rm(path, { recursive: true, force: true });
    execFileSync("sync");
  }
  return {
    boxSeconds: median(rounds.map(({ box }) => box.seconds)),
    peerSeconds: median(rounds.map(({ peer }) => peer)),
    ratio: median(rounds.map(({ box, peer }) => box.seconds / peer)),
    peakMb: Math.max(...rounds.map(({ box }) => box.peakMb)),
    msbSeconds: median(rounds.map((round) => round.msb)),
    msbRatio: median(rounds.map((round) => round.box.seconds / round.msb)),
  };
}

/** Creates and pushes the image of a case. @param {string} name @returns its reference */
async function publish(name) {
  const layout = join(BUILD, `image-${name}`);
  await makeImage(layout, caseOf(name).layers);
  const image = `${host}/bench/${name}:latest`;
  push(layout, image);
  return image;
}

/** @param {string} name */
async function reportCold(name) {
  const { about, before } = caseOf(name);
  const cold = await measureCold(
    await publish(name),
    before === undefined ? undefined : await publish(before),
  );
  console.log(about);
  console.log(
    `  box pull                     ${cold.boxSeconds.toFixed(2)} s, peak memory ${cold.peakMb} MB`,
  );
  console.log(`  skopeo copy + umoci unpack   ${cold.peerSeconds.toFixed(2)} s`);
  console.log(
    `  ratio                        ${cold.ratio.toFixed(2)} (target: at most 0.50; memory: under 250 MB)`,
  );
  if (!msb) return;
  console.log(`  msb pull                     ${cold.msbSeconds.toFixed(2)} s`);
  console.log(`  ratio                        ${cold.msbRatio.toFixed(2)}`);
}

async function reportWarm() {
  const warm = await measureWarm(await publish("one"), join(folder, "warm"));
  console.log("image up to date");
  console.log(`  box pull                     ${warm.warmSeconds.toFixed(3)} s`);
  console.log(`  box --version                ${warm.versionSeconds.toFixed(3)} s`);
  console.log(`  ratio                        ${warm.warmRatio.toFixed(2)} (target: at most 1.50)`);
}

await mkdir(BUILD, { recursive: true });
const folder = await mkdtemp(join(BUILD, "run-"));
const msb = values.msb ? await installMsb() : undefined;
const { host, stop } = await startRegistry({ onDisk: true });
try {
  if (!values.warm) for (const name of values.case) await reportCold(name);
  await reportWarm();
} finally {
  await stop();
  await rm(folder, { recursive: true, force: true });
}
