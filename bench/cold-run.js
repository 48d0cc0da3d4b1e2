// Measures how much of a VM's boot `box run` hides behind the pull of its image: alternates between a pull, a run of an
// image that is in the store, and a run of one that is not, with a registry on loopback and over a line of limited
// bandwidth.
//
//   node bench/cold-run.js [--rounds N] [--line MBIT] [--vmm DRIVER]
//
// Needs build/judges (`scripts/judges`), a built dist/ and the tests' images (node test/e2e/prepare.js).
import { once } from "node:events";
import { createServer, request as forward } from "node:http";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { push, startRegistry } from "../test/registry/registry.js";
import { median, time } from "./timing.js";

const ROOT = join(import.meta.dirname, "..");
const BUILD = join(ROOT, "build", "bench-cold");
const BOX = join(ROOT, "dist", "box.js");
const IMAGES = ["busybox", "python"];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    line: { type: "string", default: "100" },
    vmm: { type: "string", default: "qemu" },
  },
});

/** Forwards requests at the speed of the line. @param {string} target */
async function startLine(target) {
  const [hostname, port] = target.split(":");
  const bytesPerMs = (Number(values.line) * 1e6) / 8 / 1000;
  /** @param {AsyncIterable<Buffer>} chunks */
  async function* slowly(chunks) {
    for await (const chunk of chunks) {
      yield chunk;
      await setTimeout(chunk.length / bytesPerMs);
    }
  }
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    const onward = forward({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      void pipeline(answer, slowly, response);
    });
    request.pipe(onward);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { host: `127.0.0.1:${address.port}`, stop: () => server.close() };
}

/** @param {string} home @param {string[]} args @returns seconds */
const measure = async (home, ...args) =>
  (await time([process.execPath, BOX, ...args], { ...process.env, BOX_HOME: home })) / 1000;

/** @typedef {{ pull: number, warm: number, cold: number }} Round */

/** @param {string} image @param {string} about */
async function report(image, about) {
  /** @type {Round[]} */
  const rounds = [];
  const run = ["run", "-q", "--rm", "--vmm", values.vmm, "--cpus", "1", image, "true"];
  const home = join(folder, "home");
  // The first round only warms the page cache and creates the templates.
  for (let round = 0; round <= Number(values.rounds); round++) {
    const pull = await measure(home, "pull", "-q", image);
    const warm = await measure(home, ...run);
    await measure(home, "rmi", image);
    const cold = await measure(home, ...run);
    await measure(home, "rmi", image);
    if (round > 0) rounds.push({ pull, warm, cold });
  }
  /** @param {(round: Round) => number} pick */
  const of = (pick) => median(rounds.map(pick)).toFixed(2);
  console.log(about);
  console.log(`  box pull                      ${of(({ pull }) => pull)} s`);
  console.log(`  box run, image present       ${of(({ warm }) => warm)} s`);
  console.log(`  box run, image missing       ${of(({ cold }) => cold)} s`);
  console.log(
    `  hidden share of the run       ${of(({ pull, warm, cold }) => (pull + warm - cold) / warm)} (1: all of it)`,
  );
}

await mkdir(BUILD, { recursive: true });
const folder = await mkdtemp(join(BUILD, "run-"));
const registry = await startRegistry({ onDisk: true });
const line = await startLine(registry.host);
try {
  for (const name of IMAGES) {
    push(join(ROOT, "build", "images", name), `${registry.host}/bench/${name}:latest`);
    await report(`${registry.host}/bench/${name}`, `${name}, loopback`);
    await report(`${line.host}/bench/${name}`, `${name}, ${values.line} Mbit/s`);
  }
} finally {
  line.stop();
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
}
