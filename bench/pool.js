// Measures how soon the first byte of a workload's output arrives, on one CPU: in a box that boots its VM, and in a box
// that takes it from a pool. For the latter also from the moment when it is given the VM, without the start of the
// client. Prints medians and ratios.
//
//   node bench/pool.js [RUNS] [qemu|krun] [msb]
// msb: also for a sandbox of microsandbox that boots, one that is restored from a snapshot with its memory, and a branch
// of one that is running. They need KVM, as in the lab.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUSYBOX, HOME, ROOT } from "./images.js";
import { installMsb } from "./msb.js";
import { firstOutput, median } from "./timing.js";

const RUNS = Number(process.argv[2] ?? 7);
const VMM = process.argv[3] ?? "qemu";
const BOX = join(ROOT, "dist", "box");
const POOL = "bench";
const SHAPE = ["--vmm", VMM, "--cpus", "1", "--memory", "512m", "--rm"];
const WORKLOAD = ["echo", "up"];
const work = mkdtempSync(join(tmpdir(), "bench-pool-"));
/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, BOX_HOME: HOME, BOX_RUNTIME: join(HOME, "run"), MSB_HOME: join(work, "msb") };

/** @param {string} program @param {string[]} args */
const run = (program, ...args) =>
  execFileSync(program, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** @param {bigint} from @param {bigint} to */
const milliseconds = (from, to) => Number(to - from) / 1e6;

/** @typedef {Record<string, number>} Times in milliseconds, by name */

/** @param {string} name @param {string[]} command @returns {Promise<Times>} */
async function timed(name, command) {
  const begun = process.hrtime.bigint();
  return { [name]: milliseconds(begun, await firstOutput(command, env)) };
}

/** @typedef {{ idle: number, idleMb: number, acquireMs?: { p50: number } }} Status */
const status = () => /** @type {Status} */ (JSON.parse(run(BOX, "pool", "status", POOL, "--format", "json")));

const BOOTS = "box that boots";
const POOLED = "box from a pool";
const GIVEN = "  from when it is given the VM";

const boot = () => timed(BOOTS, [BOX, "run", ...SHAPE, BUSYBOX, ...WORKLOAD]);

/** @returns {Promise<Times>} */
async function take() {
  while (status().idle === 0) continue;
  let given = 0n;
  // The command renames the directory of the VM first.
  const watcher = watch(join(HOME, "pools", POOL), () => (given ||= process.hrtime.bigint()));
  try {
    const begun = process.hrtime.bigint();
    const up = await firstOutput([BOX, "run", ...SHAPE, `--pool=${POOL}`, BUSYBOX, ...WORKLOAD], env);
    return { [POOLED]: milliseconds(begun, up), [GIVEN]: milliseconds(given, up) };
  } finally {
    watcher.close();
  }
}

/** Returns ways to start a sandbox, each with the same program in it. @param {string} msb */
function sandboxes(msb) {
  const archive = join(work, "busybox.tar");
  run(BOX, "save", "-o", archive, BUSYBOX);
  run(msb, "load", "--quiet", "--input", archive);
  const image = ["--quiet", "--pull", "never", "--cpus", "1", "--memory", "512M", BUSYBOX];
  run(msb, "create", "--name", "source", ...image);
  run(msb, "snapshot", "create", "--quiet", "--full", "--from-sandbox", "source", "taken");
  const restore = ["restore", "--quiet", "--name", "made", "source:taken"];
  /** @type {Record<string, string[]>} */
  const ways = {
    "msb create": ["create", "--name", "made", ...image],
    "msb restore": restore,
    "msb restore --forked": [...restore, "--forked"],
    "msb branch": ["branch", "--quiet", "--name", "made", "source"],
  };
  const script = `"$0" "$@" && exec "$0" exec made -- ${WORKLOAD.join(" ")}`;
  return Object.entries(ways).map(([name, words]) => async () => {
    try {
      return await timed(`${name}, msb exec`, ["sh", "-c", script, msb, ...words]);
    } finally {
      // It does not exist if it could not be made.
      spawnSync(msb, ["remove", "--quiet", "--force", "made"], { env });
    }
  });
}

run(BOX, "pool", "start", POOL, "--image", BUSYBOX, ...SHAPE);
try {
  const msb = process.argv[4] === "msb" ? await installMsb() : undefined;
  const ways = [boot, take, ...(msb ? sandboxes(msb) : [])];
  /** @type {Map<string, number[]>} */
  const times = new Map();
  // All in turn, so that noise on the host affects all alike, and one round to warm up. Ways of microsandbox that do not
  // work on this host say so in it.
  const working = new Set(ways);
  for (let round = -1; round < RUNS; round++) {
    for (const way of working) {
      try {
        for (const [name, time] of Object.entries(await way()))
          if (round >= 0) times.set(name, [...(times.get(name) ?? []), time]);
      } catch (error) {
        if (round >= 0 || way === boot || way === take) throw error;
        console.log(`left out: ${String(error)}`);
        working.delete(way);
      }
    }
  }
  console.log(`${VMM}, one CPU, until the first byte of output, median of ${RUNS} runs`);
  const cold = median(times.get(BOOTS) ?? []);
  for (const [name, values] of times) {
    const middle = median(values);
    const ratio = (middle / cold).toFixed(2);
    console.log(`  ${name.padEnd(32)} ${middle.toFixed(0).padStart(6)} ms  ${ratio}`);
  }
  while (status().idle === 0) continue;
  const { idleMb, acquireMs } = status();
  console.log(`  from asking for the VM to having it ${acquireMs?.p50.toFixed(0)} ms`);
  console.log(`  memory of an idle VM with its monitor ${idleMb.toFixed(0)} MiB`);
  if (msb) run(msb, "remove", "--quiet", "--force", "source");
} finally {
  run(BOX, "pool", "stop", POOL);
  rmSync(work, { recursive: true, force: true });
}
