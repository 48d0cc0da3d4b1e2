// Compares the whole process of `box run --rm busybox true` with the minimum on this host (bench/floor), in the same run.
// Under QEMU: as at each start but the first two, with the plan and the template that these have made; the first of its
// shape, without the template; the very first, without either; and many at once, as are bare VMMs. Also in a VM of a pool,
// and an image of another architecture. Prints ratios.
//
//   node bench/start.js [RUNS] [qemu|krun]
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { EMULATORS } from "../test/images/folders.js";
import { account } from "./account/account.js";
import { floorCommand } from "./floor/floor.js";
import { ARM64, BUSYBOX, HOME, ROOT } from "./images.js";
import { median } from "./timing.js";

const RUNS = Number(process.argv[2] ?? 7);
const VMM = process.argv[3] ?? "qemu";
const MANY = 20;
const BOX = join(ROOT, "dist", "box");
const HELPER = join(ROOT, "dist", "native", "box-vmm");
const PATH = [EMULATORS, process.env["PATH"]].join(delimiter);
/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, PATH, BOX_HOME: HOME, BOX_RUNTIME: join(HOME, "run") };
/** The default size of a box. */
const MACHINE = { cpus: 2, memoryMb: 1024 };

/** @param {string[]} args */
const box = (...args) => execFileSync(BOX, args, { env, encoding: "utf8" }).trim();
/** @param {string[]} args */
const run = (...args) => [BOX, "run", "--vmm", VMM, "--rm", ...args];
const TRUE = run(BUSYBOX, "true");
const POOL = "bench-start";
const FROM_POOL = run(`--pool=${POOL}`, BUSYBOX, "true");

/** Has the next box boot, as the first one of its shape does after each reboot of the host, and each day. */
function forgetTemplates() {
  const templates = join(HOME, "templates");
  for (const name of readdirSync(templates))
    if (name.startsWith("vm-")) rmSync(join(templates, name), { recursive: true });
}

/** Has the next box start like the very first one. */
function forget() {
  rmSync(join(HOME, "plans"), { recursive: true, force: true });
  forgetTemplates();
}

/** Runs a box as in the second start of all, which continues a template and makes the plan. */
async function prepareStart() {
  await account(TRUE, env);
  if (VMM !== "qemu") return;
  // The first start from a new template makes the plan for the next.
  await account(TRUE, env);
  const { booted } = JSON.parse(readFileSync(join(HOME, "templates", "last-start.json"), "utf8"));
  if (booted !== undefined) throw new Error(`a box booted: ${booted}`);
}

/** Waits until no template is being made, which takes CPU time from whatever is measured. */
async function awaitMaking() {
  const lock = join(HOME, "templates", "freeze.lock");
  const isHeld = () => execFileSync(HELPER, ["locked", lock], { encoding: "utf8" }) !== "";
  while (isHeld()) await setTimeout(100);
}

/** Waits until the pool has an idle VM. */
function awaitIdle() {
  const status = () =>
    /** @type {{ idle: number }} */ (JSON.parse(box("pool", "status", POOL, "--format", "json")));
  while (status().idle === 0) continue;
}

/** Makes the plan of a box from the pool. */
async function preparePooled() {
  awaitIdle();
  await account(FROM_POOL, env);
  awaitIdle();
}

/** Returns the proportional set size of the processes of a running box, in MB, by role. */
function memory() {
  const id = box("run", "-d", "--vmm", VMM, BUSYBOX, "sleep", "1000");
  try {
    const found = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid);
    return found.flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        if (!line.includes(id)) return [];
        const pss = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
        return [{ role: line.includes("monitor.js") ? "monitor" : "VMM", mb: Number(pss) / 1024 }];
      } catch {
        return [];
      }
    });
  } finally {
    box("rm", "-f", id);
  }
}

/**
 * Returns the CPU time of many runs of a command at once and one after another.
 * @param {string[]} command
 */
async function many(command) {
  const quoted = command.map((word) => `'${word}'`).join(" ");
  const loop = `for i in $(seq ${MANY}); do ${quoted}`;
  return {
    atOnce: await account(["sh", "-c", `${loop} & done; wait`], env),
    inTurn: await account(["sh", "-c", `${loop}; done`], env),
  };
}

const cmdline = box("run", "--vmm", VMM, "--rm", BUSYBOX, "cat", "/proc/cmdline");
const FIRST = "the first of its shape";
const VERY_FIRST = "the very first";
const POOLED = "the same from a pool";
const node = process.execPath;
const BARE = floorCommand(VMM, { ...MACHINE, cmdline });
/** @type {Record<string, { command: string[], before?: () => unknown, after?: () => unknown }>} */
const rows = {
  "bare VMM": { command: BARE },
  "node -e 0": { command: [node, "-e", "0"] },
  "box --version": { command: [BOX, "--version"] },
  [VERY_FIRST]: { command: TRUE, before: forget },
  [FIRST]: { command: TRUE, before: forgetTemplates },
  "box run --rm busybox true": { command: TRUE, before: prepareStart },
  [POOLED]: { command: FROM_POOL, before: preparePooled, after: awaitIdle },
  "the same for arm64": { command: run("--platform", "linux/arm64", ARM64, "true") },
};
/** @type {Map<string, import("./account/account.js").Cost[]>} */
const costs = new Map(Object.keys(rows).map((name) => [name, []]));
box("pool", "start", POOL, "--vmm", VMM, "--rm", "--image", BUSYBOX);
try {
  // One round to warm the page cache, then all of them in turn, so that noise on the host affects all alike.
  for (let round = -1; round < RUNS; round++) {
    for (const [name, { command, before, after }] of Object.entries(rows)) {
      await before?.();
      const cost = await account(command, env, { mayFail: VMM === "krun" });
      if (round >= 0) costs.get(name)?.push(cost);
      await after?.();
    }
  }
} finally {
  box("pool", "stop", POOL);
}

/** @param {string} name @param {"ms" | "cpuMs"} what */
const middle = (name, what) => median((costs.get(name) ?? []).map((cost) => cost[what]));
/** @param {string} name @param {string} reference @param {"ms" | "cpuMs"} [what] */
const ratio = (name, reference, what = "ms") => (middle(name, what) / middle(reference, what)).toFixed(2);
/** @param {string} what @param {string} value @param {string} [remark] */
const print = (what, value, remark = "") => console.log(`  ${what.padEnd(28)} ${value.padStart(6)}${remark}`);

console.log(`${VMM}, median of ${RUNS} runs: until the command has exited; CPU time with monitor and VMM`);
for (const name of costs.keys())
  print(
    name,
    middle(name, "ms").toFixed(0),
    ` ms ${middle(name, "cpuMs").toFixed(0).padStart(6)} ms of CPU time`,
  );
const RUN = "box run --rm busybox true";
const isQemu = VMM === "qemu";
print(
  "run / bare VMM",
  ratio(RUN, "bare VMM"),
  ` (goal: at most ${isQemu ? "0.42" : "1.6 and one node -e 0"})`,
);
print("from a pool / bare VMM", ratio(POOLED, "bare VMM"), isQemu ? " (goal: at most 0.15)" : "");
if (isQemu) {
  print("first of a shape / bare VMM", ratio(FIRST, "bare VMM"), " (goal: at most 1.10)");
  print("very first / bare VMM", ratio(VERY_FIRST, "bare VMM"));
}
print("--version / node -e 0", ratio("box --version", "node -e 0"), " (goal: at most 1.3)");
print("arm64 / amd64", ratio("the same for arm64", RUN));
if (isQemu) {
  // VMMs whose number nobody limits show the share of this machine, such as that of its caches.
  await awaitMaking();
  const compared = [
    { what: "runs", command: TRUE, goal: " (goal: at most 1.3)" },
    { what: "bare VMMs", command: BARE, goal: "" },
  ];
  for (const { what, command, goal } of compared) {
    const { atOnce, inTurn } = await many(command);
    const about = ` of the CPU time one after another${goal}, ${(atOnce.ms / inTurn.ms).toFixed(2)} of the time`;
    print(`${MANY} ${what} at once`, (atOnce.cpuMs / inTurn.cpuMs).toFixed(2), about);
  }
}
for (const { role, mb } of memory()) print(`memory of the ${role}`, mb.toFixed(0), " MB PSS");
