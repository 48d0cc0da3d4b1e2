// Measures the cost of working with running boxes, relative to a reference in the same run: the whole process of `box
// exec BOX true` against `node -e 0`; the throughput of `box exec -i BOX cat` and `box cp` against that of a pipe; and
// many boxes at once, with the memory that each needs beyond its guest's. Prints ratios.
//
//   node bench/exec.js [RUNS] [BOXES] [qemu|krun] [msb]
// msb: also compares with microsandbox's `msb exec`, which needs KVM, such as in the lab.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUSYBOX, HOME, ROOT } from "./images.js";
import { installMsb } from "./msb.js";
import { median, time } from "./timing.js";

const RUNS = Number(process.argv[2] ?? 25);
const BOXES = Number(process.argv[3] ?? 50);
const VMM = process.argv[4] ?? "qemu";
const PIPE_MB = 256;
const BOX = join(ROOT, "dist", "box");
/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, BOX_HOME: HOME, BOX_RUNTIME: join(HOME, "run") };
const node = process.execPath;

/** @param {string[]} args */
const box = (...args) =>
  execFileSync(BOX, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
/** @param {string[]} args */
const runBox = (...args) => box("run", "-d", "--vmm", VMM, ...args, BUSYBOX, "sleep", "100000").trim();

/**
 * @param {string} name
 * @param {string[]} command
 * @param {string} reference
 * @param {string[]} referenceCommand
 * @param {number} runs
 * @param {string} goal
 */
async function compare(name, command, reference, referenceCommand, runs, goal) {
  const times = { command: /** @type {number[]} */ ([]), reference: /** @type {number[]} */ ([]) };
  // One round to warm up, then both in turn, so that noise on the host affects both alike.
  for (let round = -1; round < runs; round++) {
    const [one, other] = [await time(command, env), await time(referenceCommand, env)];
    if (round < 0) continue;
    times.command.push(one);
    times.reference.push(other);
  }
  const [own, floor] = [median(times.command), median(times.reference)];
  console.log(
    `  ${name} ${own.toFixed(0)} ms, ${reference} ${floor.toFixed(0)} ms: ${(own / floor).toFixed(2)}${goal}`,
  );
}

/**
 * Returns the proportional set size in MB of all processes that have the box's ID on their command line, without the
 * guest's own memory.
 * @param {string} id
 */
function memoryOf(id) {
  const found = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid);
  let sum = 0;
  for (const pid of found) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(id)) continue;
      const maps = readFileSync(`/proc/${pid}/smaps`, "utf8").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
      for (const map of maps) {
        // The guest's memory is a memfd, by far the largest mapping.
        const size = Number(/^Size:\s+(\d+)/m.exec(map)?.[1]);
        if (size >= 100 * 1024 && /memfd|\/dev\/shm/.test(map.split("\n")[0] ?? "")) continue;
        sum += Number(/^Pss:\s+(\d+)/m.exec(map)?.[1] ?? 0);
      }
    } catch {
      // It has exited, or belongs to another user.
    }
  }
  return sum / 1024;
}

console.log(`${VMM}, medians`);
if (process.argv[5] === "msb") await compareWithMsb();

const one = runBox();
const pipe = `head -c ${PIPE_MB}M /dev/zero |`;
try {
  await compare(
    "box exec BOX true",
    [BOX, "exec", one, "true"],
    "node -e 0",
    [node, "-e", "0"],
    RUNS,
    " (goal: at most 1.5)",
  );
  await compare(
    `${PIPE_MB} MB through box exec -i BOX cat`,
    ["sh", "-c", `${pipe} ${BOX} exec -i ${one} cat | cat > /dev/null`],
    "through cat",
    ["sh", "-c", `${pipe} cat | cat > /dev/null`],
    3,
    "",
  );
  const file = join(HOME, "cp-bench");
  writeFileSync(file, Buffer.alloc(PIPE_MB * 2 ** 20));
  for (const [way, from, to] of [
    ["in", file, `${one}:/cp-bench`],
    ["out", `${one}:/cp-bench`, `${file}-out`],
  ]) {
    await compare(
      `${PIPE_MB} MB ${way} by box cp`,
      [BOX, "cp", "-q", from ?? "", to ?? ""],
      "through cat",
      ["sh", "-c", `cat ${file} | cat > ${file}-out`],
      3,
      "",
    );
  }
} finally {
  for (const name of ["cp-bench", "cp-bench-out"]) rmSync(join(HOME, name), { force: true });
  box("rm", "-f", one);
}

/** Compares a box with a sandbox, each running a program that exits immediately. */
async function compareWithMsb() {
  const msb = await installMsb();
  const home = mkdtempSync(join(tmpdir(), "msb-"));
  env.MSB_HOME = home;
  const archive = join(home, "busybox.tar");
  /** @param {string[]} args */
  const run = (...args) => execFileSync(msb, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  box("save", "-o", archive, BUSYBOX);
  run("load", "--quiet", "--input", archive);
  const id = runBox();
  try {
    run("create", "--quiet", "--name", "bench", "--pull", "never", BUSYBOX);
    const command = [BOX, "exec", id, "true"];
    await compare(
      "box exec BOX true",
      command,
      "msb exec",
      [msb, "exec", "bench", "--", "true"],
      RUNS,
      " (goal: at most 0.7)",
    );
  } finally {
    run("remove", "--force", "bench");
    box("rm", "-f", id);
    rmSync(home, { recursive: true, force: true });
  }
}

if (BOXES > 0) {
  /** @type {string[]} */
  const boxes = [];
  /** @param {string} what @param {() => unknown} act */
  const phase = async (what, act) => {
    const started = Date.now();
    await act();
    console.log(`  ${BOXES} boxes: ${what} ${((Date.now() - started) / 1000).toFixed(1)} s`);
  };
  try {
    const ids = () => boxes;
    await phase("created and started", () => {
      for (let i = 0; i < BOXES; i++) {
        boxes.push(
          box("create", "--vmm", VMM, "--cpus", "1", "--memory", "128m", BUSYBOX, "sleep", "100000").trim(),
        );
      }
      box("start", ...boxes);
    });
    await phase("a program in each", () =>
      Promise.all(ids().map((id) => time([BOX, "exec", id, "true"], env))),
    );
    const memory = median(boxes.map(memoryOf));
    console.log(`  ${BOXES} boxes: memory of each beyond its guest's ${memory.toFixed(0)} MB PSS`);
    await phase("stopped", () => box("stop", "-t", "0", ...boxes));
  } finally {
    box("rm", "-f", ...boxes);
  }
}
