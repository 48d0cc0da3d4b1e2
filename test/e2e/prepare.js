// Fills the BOX_HOME of the end-to-end tests with their images, pulled by box from a real registry. Images that are
// present and were pulled by the same code are kept.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reachOf, textOf } from "../../scripts/tests/imports.js";
import { buildImages } from "../images/build.js";
import { unpackEmulators } from "../images/emulators.js";
import { push, startRegistry } from "../registry/registry.js";

const ROOT = join(import.meta.dirname, "..", "..");
const HOME = process.env["BOX_TEST_HOME"] ?? join(ROOT, "build", "e2e", "home");
const DIST = join(ROOT, "dist");
/** Written at the end: the registry's host, which images.ts reads, and a stamp of the images and of box. */
const RECORD = join(HOME, "prepared.json");

const env = {
  ...process.env,
  BOX_HOME: HOME,
  BOX_RUNTIME: process.env["BOX_TEST_RUNTIME"] ?? join(HOME, "run"),
};

/** @param {string[]} args */
function box(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(DIST, "box.js"), ...args], {
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`box ${args.join(" ")} gave ${status}: ${stderr.trim()}`);
  return stdout.trim();
}

/** Boxes left by an interrupted run would occupy names that tests use. */
function removeOldBoxes() {
  if (!existsSync(join(HOME, "boxes"))) return;
  const ids = box("ps", "-aq").split("\n").filter(Boolean);
  if (ids.length > 0) box("rm", "-f", ...ids);
}

/** The code that pulls images into a store. */
const PULL = ["src/oci/images.ts", "src/oci/pull/pull.ts"];

/**
 * @param {Record<string, string>} layouts
 * @returns {string} changes whenever an image or the code that pulls it does
 */
function stampOf(layouts) {
  const hash = createHash("sha256");
  for (const layout of Object.values(layouts)) hash.update(readFileSync(join(layout, "index.json")));
  const sources = new Set(PULL.flatMap((file) => [...reachOf(file)]));
  for (const file of [...sources].sort()) hash.update(file).update(textOf(file));
  hash.update(readFileSync(join(DIST, "native", "box-layer")));
  return hash.digest("hex");
}

/** Builds, pushes and pulls what is missing. */
export async function prepare() {
  if (!existsSync(join(DIST, "box.js"))) throw new Error("dist/box.js is not there: run `npm run setup`");
  const layouts = await buildImages();
  await unpackEmulators();
  const stamp = stampOf(layouts);
  removeOldBoxes();
  if (existsSync(RECORD)) {
    const record = /** @type {{ stamp: string }} */ (JSON.parse(readFileSync(RECORD, "utf8")));
    if (record.stamp === stamp) return;
  }
  await rm(HOME, { recursive: true, force: true });
  await mkdir(HOME, { recursive: true, mode: 0o700 });
  const registry = await startRegistry({ onDisk: true });
  try {
    for (const [name, layout] of Object.entries(layouts)) {
      const reference = `${registry.host}/test/${name}:latest`;
      push(layout, reference);
      box("pull", "-q", reference);
    }
  } finally {
    await registry.stop();
  }
  await writeFile(RECORD, JSON.stringify({ stamp, registry: registry.host }));
}

if (process.argv[1] === import.meta.filename) {
  try {
    await prepare();
  } catch (error) {
    console.error(`prepare: ${/** @type {Error} */ (error).message}`);
    process.exitCode = 1;
  }
}
