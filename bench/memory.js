// Measures what boxes take on the host: their monitors beside a bare Node, VMMs beyond their guests' memory, and a box that
// has read more than it has memory, as told by `box stats` and by the host. Prints ratios.
//
//   node bench/memory.js [BOXES]
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BUSYBOX, HOME, PYTHON, ROOT } from "./images.js";
import { median } from "./timing.js";

const BOXES = Number(process.argv[2] ?? 10);
const MEMORY_MB = 1024;
const BOX = join(ROOT, "dist", "box");
/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, BOX_HOME: HOME, BOX_RUNTIME: join(HOME, "run") };

/** @param {string[]} args */
const box = (...args) =>
  execFileSync(BOX, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
const start = (image = BUSYBOX) =>
  box("run", "-d", "--vmm", "qemu", "-m", `${MEMORY_MB}m`, image, "sleep", "100000");
/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @typedef {{ own: number, pss: number }} Memory in MB: pages of one process, and these with its share of those of several */

/**
 * @param {number} pid
 * @returns {Memory & { parts: Record<string, number> }} `parts`: of QEMU
 */
function memoryOf(pid) {
  const found = { own: 0, pss: 0 };
  /** @type {Record<string, number>} */
  const parts = { guest: 0, code: 0, other: 0 };
  let part = "other";
  for (const line of readFileSync(`/proc/${pid}/smaps`, "utf8").split("\n")) {
    const mapping = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+\s*(.*)$/.exec(line);
    if (mapping) {
      const [, from = "", to = "", access = "", name = ""] = mapping;
      const mb = (parseInt(to, 16) - parseInt(from, 16)) / 2 ** 20;
      const isGuest = /\/memory( \(deleted\))?$/.test(name) || (name === "" && access === "rw-p" && mb >= 2);
      part = isGuest ? "guest" : access === "rwxp" ? "code" : "other";
    }
    const [, key, kb] = /^(Pss|Private_Clean|Private_Dirty):\s+(\d+) kB$/.exec(line) ?? [];
    const mb = Number(kb ?? 0) / 1024;
    if (key === "Pss") {
      found.pss += mb;
      parts[part] = (parts[part] ?? 0) + mb;
    } else found.own += mb;
  }
  return { ...found, parts };
}

/**
 * Returns the processes of a box.
 * @param {string} id
 */
function processesOf(id) {
  /** @type {{ monitor: number, vmm: number, helpers: number[] }} */
  const found = { monitor: 0, vmm: 0, helpers: [] };
  const supervisor = Number(box("inspect", "--format", "{{.State.Pid}}", id));
  const status = readFileSync(`/proc/${supervisor}/status`, "utf8");
  found.monitor = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
  found.helpers.push(supervisor);
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ");
      if (Number(words?.[1]) !== supervisor) continue;
      if (readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("qemu")) found.vmm = Number(pid);
      else found.helpers.push(Number(pid));
    } catch {
      // It has exited.
    }
  }
  return found;
}

/** @param {string} id what `box stats` says, in MB */
function statedMb(id) {
  const text = box("stats", "--no-stream", "--format", "{{.HostMem}}", id);
  return Number.parseFloat(text) * (text.includes("GiB") ? 1024 : 1);
}

/** @param {string} id */
function totalMb(id) {
  const { monitor, vmm, helpers } = processesOf(id);
  return [monitor, vmm, ...helpers].reduce((sum, pid) => sum + memoryOf(pid).pss, 0);
}

/** @param {number[]} values */
const show = (...values) => values.map((value) => value.toFixed(1).padStart(7)).join(" ");

async function monitors() {
  /** @type {string[]} */
  const ids = [];
  const bare = Array.from({ length: BOXES }, () =>
    spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" }),
  );
  try {
    for (let i = 0; i < BOXES; i++) ids.push(start());
    for (const id of ids) box("exec", id, "true");
    await pause(5000);
    const nodes = bare.map(({ pid }) => memoryOf(pid ?? 0));
    const each = ids.map(processesOf);
    const ours = each.map(({ monitor }) => memoryOf(monitor));
    console.log(`${BOXES} boxes, and as many times bare Node; MB, medians`);
    for (const [name, key] of /** @type {const} */ ([
      ["private", "own"],
      ["PSS", "pss"],
    ])) {
      const [a, b] = [ours, nodes].map((list) => median(list.map((memory) => memory[key])));
      console.log(
        `  monitor, ${name.padEnd(8)} ${show(a ?? 0)}   bare Node: ${show(b ?? 0)}   ratio: ${((a ?? 0) / (b ?? 1)).toFixed(2)}`,
      );
    }
    const vmms = each.map(({ vmm }) => memoryOf(vmm));
    /** @param {string} part */
    const of = (part) => median(vmms.map(({ parts }) => parts[part] ?? 0));
    const helpers = median(each.map((one) => one.helpers.reduce((sum, pid) => sum + memoryOf(pid).pss, 0)));
    console.log(
      `  PSS of each: guest ${show(of("guest"))}, translated code ${show(of("code"))}, rest of QEMU ${show(of("other"))}, helpers ${show(helpers)}`,
    );
  } finally {
    for (const node of bare) node.kill();
    if (ids.length > 0) box("rm", "-f", ...ids);
  }
}

const PROGRAMS = `
import json, asyncio, email, http.client, unittest, ast, glob, sys
for path in sorted(glob.glob("/usr/lib/python3*/*.py"))[int(sys.argv[1]) % 20 :: 20]:
    compile(ast.parse(open(path, encoding="utf8", errors="replace").read()), path, "exec")`;

async function reader() {
  const id = start(PYTHON);
  try {
    const first = totalMb(id);
    const read =
      "dd if=/dev/zero of=/large bs=1M count=700 && for i in 1 2 3 4 5; do cat /large >/dev/null; done";
    box("exec", id, "sh", "-c", `(${read}) 2>/dev/null`);
    for (let i = 0; i < 30; i++) box("exec", id, "python3", "-c", PROGRAMS, String(i));
    console.log(`a box of ${MEMORY_MB} MB; MB on the host, in brackets as told by box stats`);
    console.log(`  after its start                         ${show(first)}`);
    for (const [name, ms] of /** @type {const} */ ([
      ["read 3.5 GB and run 30 programs", 0],
      ["idle for a minute", 60_000],
    ])) {
      await pause(ms);
      const mb = totalMb(id);
      console.log(
        `  ${name.padEnd(38)} ${show(mb)} (${statedMb(id).toFixed(1)})   of its memory: ${(mb / MEMORY_MB).toFixed(2)}`,
      );
    }
    box("exec", id, "rm", "/large");
    await pause(30_000);
    console.log(
      `  ${"file removed, after half a minute".padEnd(38)} ${show(totalMb(id))} (${statedMb(id).toFixed(1)})`,
    );
  } finally {
    box("rm", "-f", id);
  }
}

await monitors();
await reader();
