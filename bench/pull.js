// How long `box pull` takes for an image of 500 MB in 6 layers from a registry on loopback, against what it takes to
// copy the same image with skopeo and unpack it with umoci, in the same run; and a pull of what is here already, against
// `box --version`, which loads next to nothing.
//
//   node bench/pull.js [--rounds N] [--warm] [--json]          --warm: the pull of what is here alone
//
// Needs the Debian packages docker-registry, skopeo and umoci, and a built dist/.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { Header } from "tar";
import { push, startRegistry } from "../test/registry/registry.js";

const ROOT = join(import.meta.dirname, "..");
const BUILD = join(ROOT, "build", "bench-pull");
const LAYOUT = join(BUILD, "image");
/** Megabytes of each layer: a base system, a large runtime, packages, an application, data, a small last change. */
const LAYERS_MB = [80, 180, 120, 70, 45, 5];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    warm: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

/** A small fast generator of numbers (xorshift32): every run makes the same image. */
function numbers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Writes again, at `at`, a stretch of what stands before it. @returns how many bytes */
function repeat(buffer, at, length, back) {
  const from = Math.max(0, at - 1 - back);
  return buffer.copy(buffer, at, from, Math.min(from + length, at));
}

/** Content like a real image's: text, machine code, and what is compressed already; some 36 % after gzip. */
function fill(buffer, kind, next) {
  if (kind === "packed") {
    for (let i = 0; i + 4 <= buffer.length; i += 4) buffer.writeUInt32LE(next(), i);
  } else if (kind === "text") {
    for (let i = 0; i < buffer.length;) {
      if (i > 200 && next() % 4 === 0) i += repeat(buffer, i, 8 + (next() % 40), next() % 20_000);
      else {
        const word = WORDS[Math.min(next() % WORDS.length, next() % WORDS.length)];
        i += buffer.write(word, i, "latin1") || buffer.length;
      }
    }
  } else {
    for (let i = 0; i < buffer.length;) {
      if (i > 64 && next() % 2 === 0) i += repeat(buffer, i, 6 + (next() % 40), next() % 16_384);
      else {
        const end = Math.min(i + 2 + (next() % 12), buffer.length);
        while (i < end) buffer[i++] = next() % 3 ? next() & 0x3f : next() & 0xff;
      }
    }
  }
}

const KINDS = ["text", "code", "code", "text", "code", "text", "code", "text", "code", "packed"];

const words = numbers(7);
const WORDS = Array.from({ length: 4000 }, () => {
  const length = 2 + (words() % 9);
  return `${Array.from({ length }, () => String.fromCharCode(97 + (words() % 26))).join("")} `;
});

function tarHeader(path, size, folder) {
  const block = Buffer.alloc(512);
  const [type, mode] = folder ? ["Directory", 0o755] : ["File", 0o644];
  new Header({ path, size, type, mode, uid: 0, gid: 0, mtime: new Date(1_700_000_000_000) }).encode(block);
  return block;
}

/** A layer's tar: files from a few bytes to some megabytes, in folders of 40. */
function makeLayer(index, bytes) {
  const next = numbers(1000 + index);
  const parts = [];
  let written = 0;
  for (let count = 0; written < bytes; count++) {
    const folder = `layer${index}/folder${Math.floor(count / 40)}/`;
    if (count === 0) parts.push(tarHeader(`layer${index}/`, 0, true));
    if (count % 40 === 0) parts.push(tarHeader(folder, 0, true));
    const roll = next() % 100;
    const size = roll < 60 ? next() % 8192 : roll < 95 ? next() % 131072 : next() % 4_000_000;
    const data = Buffer.alloc(size);
    fill(data, KINDS[next() % KINDS.length], next);
    parts.push(tarHeader(`${folder}file${count}`, size, false), data, Buffer.alloc(-size & 511));
    written += 512 + size + (-size & 511);
  }
  parts.push(Buffer.alloc(1024));
  return Buffer.concat(parts);
}

async function makeImage() {
  if (existsSync(join(LAYOUT, "index.json"))) return;
  const blobs = join(LAYOUT, "blobs", "sha256");
  await rm(LAYOUT, { recursive: true, force: true });
  await mkdir(blobs, { recursive: true });
  const put = async (data, mediaType) => {
    const hex = createHash("sha256").update(data).digest("hex");
    await writeFile(join(blobs, hex), data);
    return { mediaType, digest: `sha256:${hex}`, size: data.length };
  };
  const layers = [];
  const diffIds = [];
  for (const [index, megabytes] of LAYERS_MB.entries()) {
    const tar = makeLayer(index, megabytes * 1e6);
    diffIds.push(`sha256:${createHash("sha256").update(tar).digest("hex")}`);
    layers.push(await put(gzipSync(tar), "application/vnd.oci.image.layer.v1.tar+gzip"));
  }
  const json = (value) => Buffer.from(JSON.stringify(value));
  const config = await put(
    json({
      os: "linux",
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      config: { Cmd: ["true"] },
      rootfs: { type: "layers", diff_ids: diffIds },
    }),
    "application/vnd.oci.image.config.v1+json",
  );
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = await put(json({ schemaVersion: 2, mediaType, config, layers }), mediaType);
  const named = { ...manifest, annotations: { "org.opencontainers.image.ref.name": "latest" } };
  await writeFile(join(LAYOUT, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
  await writeFile(join(LAYOUT, "index.json"), json({ schemaVersion: 2, manifests: [named] }));
}

/** Runs a command to its end. @returns seconds, and the peak of its resident memory in MB */
async function measure(command, args, env = {}) {
  // GNU time would be one more package: the peak is read from /proc while the command runs.
  const started = process.hrtime.bigint();
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (data) => (errors += data));
  let peakKb = 0;
  const look = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    peakKb = Math.max(peakKb, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0));
  };
  const timer = setInterval(look, 20);
  const code = await new Promise((resolve) => child.once("close", resolve));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  clearInterval(timer);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${errors}`);
  return { seconds, peakMb: Math.round(peakKb / 1024) };
}

const BOX = join(ROOT, "dist", "box.js");

/** A pull of what is here, and the shortest command there is, by turns. @returns medians in seconds and their ratio */
async function measureWarm(image, home) {
  const env = { BOX_HOME: home };
  await measure(process.execPath, [BOX, "pull", image], env);
  const rounds = [];
  for (let round = 0; round <= 20; round++) {
    const version = await measure(process.execPath, [BOX, "--version"], env);
    const pull = await measure(process.execPath, [BOX, "pull", image], env);
    // The first round only warms the page cache.
    if (round > 0) rounds.push({ version: version.seconds, pull: pull.seconds });
  }
  return {
    versionSeconds: median(rounds.map(({ version }) => version)),
    warmSeconds: median(rounds.map(({ pull }) => pull)),
    warmRatio: median(rounds.map(({ version, pull }) => pull / version)),
  };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** A pull of everything, and what the peers take for the same, by turns. */
async function measureCold(image) {
  const rounds = [];
  // The first round only warms the page cache that all of them read from.
  for (let round = 0; round <= Number(values.rounds); round++) {
    const home = join(folder, "home");
    const copy = join(folder, "copy");
    const bundle = join(folder, "bundle");
    const box = await measure(process.execPath, [BOX, "pull", image], { BOX_HOME: home });
    const skopeo = await measure("skopeo", [
      "copy",
      "-q",
      "--src-tls-verify=false",
      `docker://${image}`,
      `oci:${copy}:latest`,
    ]);
    const umoci = await measure("umoci", ["unpack", "--rootless", "--image", `${copy}:latest`, bundle]);
    if (round > 0) rounds.push({ box, skopeo, umoci });
    for (const path of [home, copy, bundle]) await rm(path, { recursive: true, force: true });
    execFileSync("sync");
  }
  return {
    boxSeconds: median(rounds.map(({ box }) => box.seconds)),
    peerSeconds: median(rounds.map(({ skopeo, umoci }) => skopeo.seconds + umoci.seconds)),
    skopeoSeconds: median(rounds.map(({ skopeo }) => skopeo.seconds)),
    umociSeconds: median(rounds.map(({ umoci }) => umoci.seconds)),
    ratio: median(rounds.map(({ box, skopeo, umoci }) => box.seconds / (skopeo.seconds + umoci.seconds))),
    peakMb: Math.max(...rounds.map(({ box }) => box.peakMb)),
  };
}

await mkdir(BUILD, { recursive: true });
await makeImage();
const folder = await mkdtemp(join(BUILD, "run-"));
const { host, stop } = await startRegistry();
try {
  const image = `${host}/bench/pull:latest`;
  push(LAYOUT, image);
  const cold = values.warm ? undefined : await measureCold(image);
  const warm = await measureWarm(image, join(folder, "warm"));
  if (values.json) console.log(JSON.stringify({ ...cold, ...warm }));
  else {
    if (cold) {
      console.log(
        `box pull                     ${cold.boxSeconds.toFixed(2)} s, peak memory ${cold.peakMb} MB`,
      );
      console.log(
        `skopeo copy + umoci unpack   ${cold.peerSeconds.toFixed(2)} s (${cold.skopeoSeconds.toFixed(2)} + ${cold.umociSeconds.toFixed(2)})`,
      );
      console.log(
        `ratio                        ${cold.ratio.toFixed(2)} (target: at most 0.50; memory: under 250 MB)`,
      );
    }
    console.log(`box pull of what is here     ${warm.warmSeconds.toFixed(3)} s`);
    console.log(`box --version                ${warm.versionSeconds.toFixed(3)} s`);
    console.log(`ratio                        ${warm.warmRatio.toFixed(2)} (target: at most 1.50)`);
  }
} finally {
  await stop();
  await rm(folder, { recursive: true, force: true });
}
