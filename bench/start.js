// Compares the whole process of `box run --rm busybox true` with the minimum on this host, in the same run: the smallest
// caller of the same VMM with the same kernel and, under QEMU, the same kernel arguments, whose guest runs one command and
// exits. Under QEMU, `box run` continues a template, and boots in a second row. Also an image of another architecture.
// Prints ratios.
//
//   node bench/start.js [RUNS] [qemu|krun]
import { execFileSync } from "node:child_process";
import { mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { EMULATORS } from "../test/images/folders.js";
import { ARM64, BUSYBOX, HOME, ROOT } from "./images.js";
import { median, time } from "./timing.js";

const RUNS = Number(process.argv[2] ?? 7);
const VMM = process.argv[3] ?? "qemu";
const BOX = join(ROOT, "dist", "box.js");
const WORK = join(ROOT, "build", "bench");
const PATH = [EMULATORS, process.env["PATH"]].join(delimiter);
/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, PATH, BOX_HOME: HOME, BOX_RUNTIME: join(HOME, "run") };
const BOOTED = { ...env, BOX_TEMPLATES: "off" };

function makeFloorDisk() {
  const tree = join(WORK, "floor");
  mkdirSync(join(tree, "dev"), { recursive: true });
  execFileSync("musl-gcc", [
    "-static",
    "-Os",
    "-s",
    "-o",
    join(tree, "init"),
    join(ROOT, "bench/floor/init.c"),
  ]);
  const disk = join(WORK, "floor.erofs");
  execFileSync("mkfs.erofs", ["-x", "-1", disk, tree], { stdio: "ignore" });
  return disk;
}

/** Returns the kernel arguments of a box, except for those that QEMU adds for its devices. */
function kernelArguments() {
  const run = ["run", "--vmm", VMM, "--rm", BUSYBOX, "cat", "/proc/cmdline"];
  const line = execFileSync(process.execPath, [BOX, ...run], { env: BOOTED, encoding: "utf8" });
  return line
    .trim()
    .split(" ")
    .filter((word) => !word.startsWith("virtio_mmio."))
    .join(" ");
}

/** Makes the template, unless there is one, and waits for it. */
async function makeTemplate() {
  const run = [BOX, "run", "--vmm", VMM, "--rm", BUSYBOX, "true"];
  for (let tries = 0; tries < 60; tries++) {
    execFileSync(process.execPath, run, { env });
    const { booted } = JSON.parse(readFileSync(join(HOME, "templates", "last-start.json"), "utf8"));
    if (booted === undefined) return;
    await setTimeout(1000);
  }
  throw new Error("no template was made");
}

/** @param {string} disk */
function floorCommand(disk) {
  const kernel = join(ROOT, "runtime-files", "kernel.elf");
  const cmdline = "panic=-1 console=hvc0 quiet root=/dev/vda rootfstype=erofs init=/init";
  if (VMM === "krun") {
    const options = ["--libkrun", join(ROOT, "runtime-files", "libkrun.so.1"), "--kernel", kernel];
    const machine = ["--cpus", "2", "--memory", "1024", "--disk", "ro", "raw", disk, "--net", "none"];
    const helper = join(ROOT, "dist", "native", "box-vmm");
    return [helper, "krun", ...options, "--cmdline", `reboot=k nomodule no-kvmapf ${cmdline}`, ...machine];
  }
  return [
    "qemu-system-x86_64",
    ...["-M", "microvm,acpi=off", "-global", "virtio-mmio.force-legacy=false", "-accel", "tcg,thread=single"],
    ...[
      "-cpu",
      "max,svm=off",
      "-smp",
      "2",
      "-m",
      "1024M",
      "-nodefaults",
      "-no-user-config",
      "-display",
      "none",
    ],
    ...["-no-reboot", "-kernel", kernel, "-append", kernelArguments()],
    ...["-drive", `id=boot,if=none,format=raw,file=${disk},readonly=on`],
    ...["-device", "virtio-blk-device,drive=boot"],
  ];
}

/** Returns the proportional set size of the processes of a running box, in MB, by role. */
function memory() {
  /** @param {string[]} args */
  const box = (...args) => execFileSync(process.execPath, [BOX, ...args], { env, encoding: "utf8" }).trim();
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

mkdirSync(WORK, { recursive: true });
if (VMM === "qemu") await makeTemplate();
const node = process.execPath;
const WITHOUT = "the same without a template";
/** @type {Record<string, string[]>} */
const commands = {
  "bare VMM": floorCommand(makeFloorDisk()),
  "node -e 0": [node, "-e", "0"],
  "box --version": [node, BOX, "--version"],
  "box run --rm busybox true": [node, BOX, "run", "--vmm", VMM, "--rm", BUSYBOX, "true"],
  ...(VMM === "qemu" ? { [WITHOUT]: [node, BOX, "run", "--vmm", VMM, "--rm", BUSYBOX, "true"] } : {}),
  "the same for arm64": [node, BOX, "run", "--vmm", VMM, "--rm", "--platform", "linux/arm64", ARM64, "true"],
};
// The VMM helper expects the agent's stream as descriptor 3; here it is unused.
const nothing = openSync("/dev/null", "r+");
/** @type {Map<string, number[]>} */
const times = new Map(Object.keys(commands).map((name) => [name, []]));
// One round to warm the page cache, then all of them in turn, so that noise on the host affects all alike.
for (let round = -1; round < RUNS; round++) {
  for (const [name, command] of Object.entries(commands)) {
    const milliseconds = await time(command, name === WITHOUT ? BOOTED : env, {
      descriptors: [nothing],
      mayFail: VMM === "krun",
    });
    if (round >= 0) times.get(name)?.push(milliseconds);
  }
}
/** @param {string} name */
const middle = (name) => median(times.get(name) ?? []);
console.log(`${VMM}, median of ${RUNS} runs`);
for (const [name, values] of times)
  console.log(`  ${name.padEnd(28)} ${median(values).toFixed(0).padStart(6)} ms`);
const run = middle("box run --rm busybox true");
const goal = VMM === "qemu" ? "0.42" : "1.6 and one node -e 0";
console.log(
  `  run / bare VMM               ${(run / middle("bare VMM")).toFixed(2)}   (goal: at most ${goal})`,
);
if (VMM === "qemu")
  console.log(
    `  without a template / bare    ${(middle(WITHOUT) / middle("bare VMM")).toFixed(2)}   (goal: at most 1.10 and one node -e 0)`,
  );
console.log(
  `  --version / node -e 0        ${(middle("box --version") / middle("node -e 0")).toFixed(2)}   (goal: at most 1.3)`,
);
console.log(`  arm64 / amd64                ${(middle("the same for arm64") / run).toFixed(2)}`);
for (const { role, mb } of memory())
  console.log(`  memory of the ${role.padEnd(14)} ${mb.toFixed(0).padStart(6)} MB PSS`);
