// Builds real images from Debian packages, as OCI layouts in build/images/NAME. Images that the same scripts have built
// before are kept.
//
//   node test/images/build.js [NAME…]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { recipe } from "../recipe.js";
import { BUILD } from "./folders.js";
import { IMAGES, MORE_IMAGES } from "./images.js";
import { writeLayout } from "./layout.js";
import { fetchPackages } from "./packages.js";
import { readPackages, writeTar } from "./tree.js";

const SCRIPTS = readdirSync(import.meta.dirname)
  .sort()
  .map((name) => join(import.meta.dirname, name));

/** @typedef {import("./layout.js").PackedLayer & { tree: import("./tree.js").Tree, names: Set<string> }} MadeLayer */

/** @type {Map<import("./images.js").Layer, Promise<MadeLayer>>} */
const made = new Map();

/**
 * Makes a layer on top of those below it, only once even if several images share it.
 * @param {import("./images.js").Layer} layer
 * @param {import("./images.js").Layer[]} below
 * @returns {Promise<MadeLayer>}
 */
function makeLayer(layer, below) {
  const making = made.get(layer) ?? make(layer, below);
  made.set(layer, making);
  return making;
}

/**
 * @param {import("./images.js").Layer} layer
 * @param {import("./images.js").Layer[]} below
 * @returns {Promise<MadeLayer>}
 */
async function make({ packages, architecture, change }, below) {
  const lower = await Promise.all(below.map((layer, i) => makeLayer(layer, below.slice(0, i))));
  const present = new Set(lower.flatMap(({ names }) => [...names]));
  const { names, debs } =
    packages.length > 0
      ? fetchPackages(packages, present, undefined, architecture)
      : { names: new Set(), debs: [] };
  const tree = await readPackages(debs);
  change?.(tree, new Map(lower.flatMap((layer) => [...layer.tree])));
  const tar = writeTar(tree);
  return { names, tree, tar, gzip: await promisify(gzip)(tar) };
}

/** @param {string} name */
async function buildImage(name) {
  const all = { ...IMAGES, ...MORE_IMAGES };
  const image = all[name];
  if (image === undefined)
    throw new Error(`unknown image "${name}"; there are ${Object.keys(all).join(", ")}`);
  const layers = await Promise.all(
    image.layers.map((layer, i) => makeLayer(layer, image.layers.slice(0, i))),
  );
  const fresh = await mkdtemp(join(BUILD, "layout-"));
  await writeLayout(fresh, layers, image);
  await writeFile(join(fresh, "recipe"), recipe(SCRIPTS));
  await rm(join(BUILD, name), { recursive: true, force: true });
  await rename(fresh, join(BUILD, name));
}

/** @param {string} name */
function isFresh(name) {
  const path = join(BUILD, name, "recipe");
  return existsSync(path) && readFileSync(path, "utf8") === recipe(SCRIPTS);
}

/**
 * Builds the images that are missing or were made by other versions of the scripts.
 * @param {string[]} names
 * @returns {Promise<Record<string, string>>} their OCI layouts, by name
 */
export async function buildImages(names = Object.keys(IMAGES)) {
  await mkdir(BUILD, { recursive: true });
  for (const name of names) if (!isFresh(name)) await buildImage(name);
  return Object.fromEntries(names.map((name) => [name, join(BUILD, name)]));
}

if (process.argv[1] === import.meta.filename) {
  const names = process.argv.slice(2);
  try {
    for (const path of Object.values(await buildImages(names.length > 0 ? names : undefined)))
      console.log(path);
  } catch (error) {
    console.error(`images: ${/** @type {Error} */ (error).message}`);
    process.exitCode = 1;
  }
}
