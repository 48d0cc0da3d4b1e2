// Runs the built command line in this process, a fifth of the work of starting Node.js for it. Each command leaves the process
// as it was, and gets its own instance of the bundle unless the caller shares one between commands, which halves the rest.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";

const DIST = join(import.meta.dirname, "../dist");
const BOX = join(DIST, "box.js");
const requireOther = createRequire(BOX);

/**
 * @typedef {object} Command
 * @property {string[]} args
 * @property {NodeJS.ProcessEnv} env as the native client leaves it: without variables for Node.js
 * @property {string | undefined} cwd
 * @property {import("node:stream").Readable} stdin
 *
 * @typedef {object} Output
 * @property {"stdout" | "stderr"} stream
 * @property {Buffer} data
 */

/** @type {Map<string, Script>} */
const scripts = new Map();

/** As scripts/cached.cjs does, but once for all commands. @param {string} name */
function scriptOf(name) {
  const known = scripts.get(name);
  if (known) return known;
  const file = join(DIST, "code", name);
  const cache = `${file}.${process.version}.cache`;
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
  const script = new Script(readFileSync(file, "latin1"), { filename: name, cachedData });
  scripts.set(name, script);
  return script;
}

/** Packages, which are loaded once: they leave nothing behind that concerns the next command. */
const PACKAGES = ["./execa.js", "./re2js.js", "./tar.js", "./undici.js", "./yaml.js"];
/** @type {Map<string, { exports: object }>} */
const packages = new Map();

/** Returns a function that loads bundles, each with variables of its own. @returns {(name: string) => unknown} */
export function newInstance() {
  /** @type {Map<string, { exports: object }>} */
  const own = new Map();
  /** @param {string} name @returns {unknown} */
  function load(name) {
    if (!name.startsWith("./")) return requireOther(name);
    const loaded = PACKAGES.includes(name) ? packages : own;
    const known = loaded.get(name);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    const run = /** @type {(...names: unknown[]) => void} */ (scriptOf(name.slice(2)).runInThisContext());
    run(module.exports, load, module, pathToFileURL(join(DIST, name)).href);
    return module.exports;
  }
  return load;
}

/** @param {Output[]} outputs @param {Output["stream"]} stream */
const collect = (outputs, stream) =>
  new Writable({
    write: (/** @type {Buffer} */ data, _, done) => {
      outputs.push({ stream, data });
      done();
    },
  });

/**
 * Replaces a property of the process.
 * @param {"argv" | "stdin" | "stdout" | "stderr"} name
 * @param {unknown} value
 * @returns {() => void} restores it
 */
function replace(name, value) {
  const before = Object.getOwnPropertyDescriptor(process, name) ?? {};
  Object.defineProperty(process, name, { configurable: true, enumerable: true, writable: true, value });
  return () => Object.defineProperty(process, name, before);
}

/** @param {NodeJS.ProcessEnv} wanted */
function replaceEnvironment(wanted) {
  const before = { ...process.env };
  const set = (/** @type {NodeJS.ProcessEnv} */ env) => {
    for (const name of Object.keys(process.env))
      if (!(name in env)) Reflect.deleteProperty(process.env, name);
    for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value;
  };
  set(wanted);
  return () => set(before);
}

/** @param {string | undefined} folder */
function changeFolder(folder) {
  const before = process.cwd();
  if (folder !== undefined) process.chdir(folder);
  return () => process.chdir(before);
}

/** Keeps Node's warnings out of the output of commands: they may be about files that earlier tests left open. */
function keepWarnings() {
  const before = /** @type {NodeJS.WarningListener[]} */ (process.rawListeners("warning"));
  const { stderr } = process;
  const show = (/** @type {Error} */ warning) => stderr.write(`${warning.stack ?? warning.message}\n`);
  process.removeAllListeners("warning").on("warning", show);
  return () => {
    process.removeAllListeners("warning");
    for (const listener of before) process.on("warning", listener);
  };
}

/** Ends what the command has left to the end of its process. */
function watchListeners() {
  const NAMES = ["exit", "SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"];
  const before = NAMES.map((name) => process.rawListeners(name));
  return () => {
    for (const [at, name] of NAMES.entries())
      for (const listener of process.rawListeners(name)) {
        if (before[at]?.includes(listener)) continue;
        if (name === "exit") listener.call(process, process.exitCode);
        process.off(name, /** @type {() => void} */ (listener));
      }
  };
}

/** As src/cli/main.ts does. @param {string[]} args @param {(name: string) => unknown} load @returns {Promise<number>} */
async function runMain(args, load) {
  if (args[0] === "pull") {
    const pull = /** @type {typeof import("../src/cli/pull-current.js")} */ (load("./pull-current.js"));
    const code = await pull.pullCurrent(args.slice(1));
    if (code !== undefined) return code;
  }
  const program = /** @type {typeof import("../src/cli/program.js")} */ (load("./program.js"));
  return program.runProgram(args);
}

/** @param {Command} command @param {(name: string) => unknown} load @returns {Promise<{ code: number, outputs: Output[] }>} */
async function run({ args, env, cwd, stdin }, load) {
  /** @type {Output[]} */
  const outputs = [];
  const restore = [
    watchListeners(),
    keepWarnings(),
    changeFolder(cwd),
    replaceEnvironment(env),
    replace("argv", [process.execPath, BOX, ...args]),
    replace("stdin", stdin),
    replace("stdout", collect(outputs, "stdout")),
    replace("stderr", collect(outputs, "stderr")),
  ];
  try {
    return { code: await runMain(args, load), outputs };
  } finally {
    for (const one of restore.reverse()) one();
  }
}

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * Commands share the process's environment and working directory, so they run one after the other.
 * @param {Command} command
 * @param {(name: string) => unknown} [load] the instance of the bundle
 */
export function runInProcess(command, load = newInstance()) {
  const result = last.then(() => run(command, load));
  last = result.catch(() => undefined);
  return result;
}
