// Runs workloads one after the other, each with an image of its own, and notes time and memory.
//
//   node test/workloads/run.js [--build | --trace] [NAME…]
//
// --build only makes the images. --trace prints each command of the scripts with the seconds since its script's start.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFacts } from "./facts.js";
import { BUILD, makeImage } from "./image.js";
import { workloads } from "./list.js";

const words = process.argv.slice(2);
const asked = words.filter((word) => !word.startsWith("--"));
const trace = words.includes("--trace");
const HOME = { BOX_HOME: join(BUILD, "home"), BOX_RUNTIME: join(BUILD, "run"), BOX_BOOT_LIMIT: "300" };
const ROOT = join(import.meta.dirname, "..", "..");

/**
 * @param {import("./list.js").Workload} workload
 * @param {string} folder for its files; empty
 */
async function run(workload, folder) {
  const image = await makeImage(workload, { ...process.env, ...HOME });
  const facts = join(folder, "facts");
  const bin = join(folder, "bin");
  const project = join(folder, "project");
  for (const path of [bin, project, join(folder, "user")]) mkdirSync(path);
  symlinkSync(join(ROOT, "dist", "box"), join(bin, "docker"));
  symlinkSync(process.execPath, join(bin, "node"));
  writeFileSync(facts, "");
  const started = Date.now();
  const { status } = spawnSync("bash", [...(trace ? ["-x"] : []), workload.script], {
    cwd: project,
    env: {
      PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: join(folder, "user"),
      ...HOME,
      BOX_SETTINGS: join(folder, "settings.yaml"),
      IMAGE: image,
      FACTS: facts,
      LIB: join(import.meta.dirname, "lib.sh"),
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) throw new Error(`${workload.name} gave ${String(status)}`);
  writeFacts(workload.name, (Date.now() - started) / 1000, readFileSync(facts, "utf8"));
}

for (const workload of workloads().filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  if (words.includes("--build")) {
    await makeImage(workload, { ...process.env, ...HOME });
    continue;
  }
  const folder = mkdtempSync(join(tmpdir(), "box-workload-"));
  try {
    await run(workload, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
