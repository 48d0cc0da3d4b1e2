// Loads the bundle `code/NAME.js`, where NAME is the name of this file, with the V8 code cache that the build has written
// next to it. Without a cache for this version of Node, box still works, but starts more slowly. The name of the cache
// contains the Node version because V8 compares only its own version: it would accept a cache from another release of
// Node whose V8 is patched differently, and functions would be undefined.
"use strict";
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { Script } = require("node:vm");

const name = path.basename(__filename);
const file = path.join(__dirname, "code", name);

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

// esbuild's output is pure ASCII, which V8 stores without conversion as a one-byte string.
const script = new Script(readFileSync(file, "latin1"), {
  // The cache contains the script's name from the build, which thus has no directory.
  filename: name,
  cachedData: readIfThere(`${file}.${process.version}.cache`),
});
/** @type {(...names: unknown[]) => void} */
const run = script.runInThisContext();
run(exports, require, module, pathToFileURL(__filename).href);
