// Compares file operations in a shared directory with the same on the box's own disk and on the host, in the same run.
// Prints ratios.
//
//   node bench/volume.js [RUNS] [qemu|krun]
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { HOME, PYTHON, ROOT } from "./images.js";
import { median } from "./timing.js";

const RUNS = Number(process.argv[2] ?? 3);
const VMM = process.argv[3] ?? "qemu";
const WORK = join(ROOT, "bench", "volume-work.py");
const env = { ...process.env, BOX_HOME: HOME, BOX_RUNTIME: join(HOME, "run") };
const shared = mkdtempSync(join(ROOT, "build", "bench-volume-"));

/** @param {string} command @param {string[]} args @returns {Map<string, number>} seconds by kind of work */
function run(command, args) {
  const lines = execFileSync(command, args, { env, encoding: "utf8" }).trim().split("\n");
  return new Map(lines.map((line) => line.split(" ")).map(([name = "", seconds]) => [name, Number(seconds)]));
}

const script = ["-v", `${WORK}:/work.py:ro`];
/** @param {string[]} args */
const box = (...args) => [join(ROOT, "dist", "box.js"), "run", "--rm", "--vmm", VMM, ...script, ...args];
const places = {
  host: () => run("python3", [WORK, shared]),
  "own disk": () => run(process.execPath, box(PYTHON, "python3", "/work.py", "/tmp")),
  volume: () =>
    run(process.execPath, box("-v", `${shared}:/shared`, PYTHON, "python3", "/work.py", "/shared")),
};

try {
  const results = {
    host: /** @type {Map<string, number>[]} */ ([]),
    "own disk": /** @type {Map<string, number>[]} */ ([]),
    volume: /** @type {Map<string, number>[]} */ ([]),
  };
  // In turn, so that noise on the host affects all alike.
  for (let round = 0; round < RUNS; round++)
    for (const name of /** @type {const} */ (["host", "own disk", "volume"]))
      results[name].push(places[name]());
  console.log(`${VMM}, median of ${RUNS} runs, seconds`);
  console.log(
    `  ${"".padEnd(12)} ${"host".padStart(8)} ${"own disk".padStart(9)} ${"volume".padStart(8)}   volume/own disk`,
  );
  for (const kind of results.host[0]?.keys() ?? []) {
    const [host = NaN, own = NaN, volume = NaN] = Object.values(results).map((runs) =>
      median(runs.map((run) => run.get(kind) ?? NaN)),
    );
    const row = [host.toFixed(2).padStart(8), own.toFixed(2).padStart(9), volume.toFixed(2).padStart(8)];
    console.log(`  ${kind.padEnd(12)} ${row.join(" ")}   ${(volume / own).toFixed(2)}`);
  }
} finally {
  rmSync(shared, { recursive: true, force: true });
}
