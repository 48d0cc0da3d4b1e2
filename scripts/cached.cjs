// Loads the bundle `code/NAME.js`, where NAME is the name of this file, with the V8 code cache that the build has written
// next to it. The name of the cache contains the Node version because V8 compares only its own version: it would accept
// a cache from another release of Node whose V8 is patched differently, and functions would be undefined. Other versions
// of Node use a cache in the user's home.
"use strict";
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { Script } = require("node:vm");

const name = path.basename(__filename);
const file = path.join(__dirname, "code", name);
/** The bundle's digest, which the build fills in; empty for bundles without a cache. @type {string} */
const digest = "@DIGEST@";

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** @param {Buffer | undefined} cachedData */
const load = (cachedData) =>
  // The cache contains the script's name from the build, which thus has no directory. esbuild's output is pure ASCII, which
  // V8 stores without conversion as a one-byte string.
  new Script(readFileSync(file, "latin1"), { filename: name, cachedData });

/** @returns {Script} */
function loadScript() {
  const shipped = digest === "" ? undefined : readIfThere(`${file}.${process.version}.cache`);
  if (digest === "" || shipped) return load(shipped);
  const { loadWithOwnCache } = /** @type {typeof import("./own-cache.cjs")} */ (
    require(path.join(__dirname, "own-cache.js"))
  );
  return loadWithOwnCache(name, digest, load);
}

/** @type {(...names: unknown[]) => void} */
const run = loadScript().runInThisContext();
run(exports, require, module, pathToFileURL(__filename).href);
