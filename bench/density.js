// Measures many boxes from one template at once: the memory of each beyond the pages that they share, and the times to
// start all, to run a program in each, and to stop and remove all, relative to as many times one box. Prints ratios.
//
//   node bench/density.js [BOXES]
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BUSYBOX, HOME, ROOT } from "./images.js";
import { median, time } from "./timing.js";

const BOXES = Number(process.argv[2] ?? 50);
const ONES = 5;
const BOX = join(ROOT, "dist", "box");
/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, BOX_HOME: HOME, BOX_RUNTIME: join(HOME, "run") };

/** @param {string[]} args */
const box = (...args) =>
  execFileSync(BOX, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
const create = () =>
  box("create", "--vmm", "qemu", "--cpus", "1", "--memory", "256m", BUSYBOX, "sleep", "100000");

/** @typedef {{ own: number, shared: number }} Memory in MB: pages of one process, and its share of those of several */

/**
 * Returns the memory of all processes that have the box's ID on their command line.
 * @param {string} id
 * @returns {Memory}
 */
function memoryOf(id) {
  const memory = { own: 0, shared: 0 };
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(id)) continue;
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      /** @param {string} name */
      const mb = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0) / 1024;
      const own = mb("Private_Clean") + mb("Private_Dirty");
      memory.own += own;
      memory.shared += mb("Pss") - own;
    } catch {
      // It has exited.
    }
  }
  return memory;
}

/** Creates a box that has the template of its shape made, unless there is one. */
async function makeTemplate() {
  for (let tries = 0; tries < 60; tries++) {
    const id = create();
    box("start", id);
    box("rm", "-f", id);
    const { booted } = JSON.parse(readFileSync(join(HOME, "templates", "last-start.json"), "utf8"));
    if (booted === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  throw new Error("no template was made");
}

/** @type {Record<string, (ids: string[]) => Promise<unknown>>} */
const STEPS = {
  start: (ids) => time([BOX, "start", ...ids], env),
  exec: (ids) => Promise.all(ids.map((id) => time([BOX, "exec", id, "true"], env))),
  stop: (ids) => time([BOX, "stop", "-t", "0", ...ids], env),
  rm: (ids) => time([BOX, "rm", ...ids], env),
};

/**
 * Takes some boxes through their life.
 * @param {number} count
 * @returns {Promise<{ ms: Record<string, number>, memory: Memory[] }>}
 */
async function live(count) {
  const ids = Array.from({ length: count }, create);
  /** @type {Record<string, number>} */
  const ms = {};
  /** @type {Memory[]} */
  let memory = [];
  try {
    for (const [name, act] of Object.entries(STEPS)) {
      const started = performance.now();
      await act(ids);
      ms[name] = performance.now() - started;
      if (name === "exec") memory = ids.map(memoryOf);
    }
  } catch (error) {
    box("rm", "-f", ...ids);
    throw error;
  }
  return { ms, memory };
}

await makeTemplate();
/** @type {Record<string, number>[]} */
const ones = [];
for (let i = 0; i < ONES; i++) ones.push((await live(1)).ms);
const all = await live(BOXES);

console.log(`${BOXES} boxes with 1 CPU and 256 MB of memory from one template, under QEMU`);
for (const [name, ms] of Object.entries(all.ms)) {
  const one = median(ones.map((each) => each[name] ?? NaN));
  const ratio = (ms / one / BOXES).toFixed(2);
  console.log(
    `  ${name.padEnd(6)} ${(ms / 1000).toFixed(1).padStart(6)} s   one: ${one.toFixed(0).padStart(5)} ms   all / ${BOXES} times one: ${ratio}`,
  );
}
/** @param {keyof Memory} kind */
const memory = (kind) => median(all.memory.map((each) => each[kind])).toFixed(0);
console.log(
  `  memory of each: ${memory("own")} MB of its own, ${memory("shared")} MB as its share of common pages`,
);
