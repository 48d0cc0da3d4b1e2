// Stands for the bundle `code/NAME.js` where NAME is this file's: runs it from V8's code cache, which the build has written
// beside it. Without a cache for this version of Node, box still works, and starts slower. The version is in the cache's
// name because V8 compares its own version only, and accepts caches of other releases of Node that have the same V8 with
// other patches: functions are then undefined.
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

// esbuild writes nothing but ASCII, and V8 keeps a string of one byte a character as it is.
const script = new Script(readFileSync(file, "latin1"), {
  // The cache holds the name that the build gave the script, so it has no folder.
  filename: name,
  cachedData: readIfThere(`${file}.${process.version}.cache`),
});
/** @type {(...names: unknown[]) => void} */
const run = script.runInThisContext();
run(exports, require, module, pathToFileURL(__filename).href);
