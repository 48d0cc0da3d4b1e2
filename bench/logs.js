// Measures how responsive a box stays while it floods its output, relative to a quiet box: the whole process of `box exec
// BOX true`, with the rate of output in the meantime; the time of `box stop`; and the peak memory of the monitor. Prints
// ratios.
//
//   node bench/logs.js [RUNS] [qemu|krun]
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BUSYBOX, HOME, ROOT } from "./images.js";
import { median } from "./timing.js";

const RUNS = Number(process.argv[2] ?? 25);
const VMM = process.argv[3] ?? "qemu";
const BOX = join(ROOT, "dist", "box.js");
const env = { ...process.env, BOX_HOME: HOME, BOX_RUNTIME: join(HOME, "run") };

/** @param {string[]} args */
const box = (...args) =>
  execFileSync(process.execPath, [BOX, ...args], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });

/** @param {string[]} args @returns {number} milliseconds */
function time(...args) {
  const started = performance.now();
  box(...args);
  return performance.now() - started;
}

/** @param {string} id @returns {string} the directory in /proc of the box's monitor */
function monitorOf(id) {
  const found = readdirSync("/proc").find((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return (
        /^\d+$/.test(pid) && line.includes("monitor.js") && line.includes(id) && !line.includes("launch")
      );
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error(`box ${id} has no monitor`);
  return join("/proc", found);
}

/** @param {string} folder @param {string} file @param {RegExp} field */
const readField = (folder, file, field) => Number(field.exec(readFileSync(join(folder, file), "utf8"))?.[1]);

/** @param {string[]} command */
const run = (...command) =>
  box(
    ...[
      "run",
      "-d",
      "--vmm",
      VMM,
      "--log-opt",
      "max-size=64m",
      "--log-opt",
      "max-file=2",
      BUSYBOX,
      ...command,
    ],
  ).trim();

console.log(`${VMM}, medians`);
const quiet = run("sleep", "100000");
const loud = run("dd", "if=/dev/zero", "bs=64k");
try {
  const times = { quiet: /** @type {number[]} */ ([]), loud: /** @type {number[]} */ ([]) };
  const monitor = monitorOf(loud);
  const written = () => readField(monitor, "io", /^wchar: (\d+)/m);
  const [before, started] = [written(), performance.now()];
  // One round to warm up, then both in turn, so that noise on the host affects both alike.
  for (let round = -1; round < RUNS; round++) {
    const [one, other] = [time("exec", loud, "true"), time("exec", quiet, "true")];
    if (round < 0) continue;
    times.loud.push(one);
    times.quiet.push(other);
  }
  const rate = (written() - before) / 1e6 / ((performance.now() - started) / 1000);
  const [own, floor] = [median(times.loud), median(times.quiet)];
  console.log(
    `  box exec during ${rate.toFixed(0)} MB/s of output ${own.toFixed(0)} ms, in a quiet box ${floor.toFixed(0)} ms: ` +
      (own / floor).toFixed(2),
  );
  const peak = readField(monitor, "status", /^VmHWM:\s+(\d+)/m) / 1024;
  const ordinary = readField(monitorOf(quiet), "status", /^VmHWM:\s+(\d+)/m) / 1024;
  console.log(
    `  peak memory of its monitor ${peak.toFixed(0)} MB, of the quiet box's ${ordinary.toFixed(0)} MB: ` +
      (peak / ordinary).toFixed(2),
  );
  const [stop, stopQuiet] = [time("stop", "-t", "5", loud), time("stop", "-t", "5", quiet)];
  console.log(
    `  box stop ${stop.toFixed(0)} ms, for the quiet box ${stopQuiet.toFixed(0)} ms: ${(stop / stopQuiet).toFixed(2)}`,
  );
} finally {
  box("rm", "-f", loud, quiet);
}
