// Runs the built command line in this process, a fifth of the work of starting Node.js for it. Each command gets its own
// instance of the bundle and leaves the process as it was.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { withholdEnvironment } from "../../../src/host/caller-environment.js";
import type { Result } from "./command.js";

const DIST = join(import.meta.dirname, "../../../dist");
const BOX = join(DIST, "box.js");
const requireOther = createRequire(BOX);

const scripts = new Map<string, Script>();

/** As scripts/cached.cjs does, but once for all commands. */
function scriptOf(name: string): Script {
  const known = scripts.get(name);
  if (known) return known;
  const file = join(DIST, "code", name);
  const cache = `${file}.${process.version}.cache`;
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
  const script = new Script(readFileSync(file, "latin1"), { filename: name, cachedData });
  scripts.set(name, script);
  return script;
}

/** Returns a function that loads bundles, each with variables of its own. */
function newInstance(): (name: string) => unknown {
  const loaded = new Map<string, { exports: object }>();
  function load(name: string): unknown {
    if (!name.startsWith("./")) return requireOther(name);
    const known = loaded.get(name);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(name, module);
    const run = scriptOf(name.slice(2)).runInThisContext() as (...names: unknown[]) => void;
    run(module.exports, load, module, pathToFileURL(join(DIST, name)).href);
    return module.exports;
  }
  return load;
}

interface Words {
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string | undefined;
  input: Buffer | string;
}

function collect(): { stream: Writable; text: () => string } {
  const pieces: Buffer[] = [];
  const stream = new Writable({
    write(piece: Buffer, _, done) {
      pieces.push(piece);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(pieces).toString() };
}

/** Replaces a property of the process. @returns a function that restores it */
function replace(name: "argv" | "stdin" | "stdout" | "stderr", value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(process, name) ?? {};
  Object.defineProperty(process, name, { configurable: true, enumerable: true, writable: true, value });
  return () => Object.defineProperty(process, name, before);
}

function replaceEnvironment(wanted: NodeJS.ProcessEnv): () => void {
  const before = { ...process.env };
  const set = (env: NodeJS.ProcessEnv) => {
    for (const name of Object.keys(process.env))
      if (!(name in env)) Reflect.deleteProperty(process.env, name);
    for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value;
  };
  set(wanted);
  return () => set(before);
}

function changeFolder(folder: string | undefined): () => void {
  const before = process.cwd();
  if (folder !== undefined) process.chdir(folder);
  return () => process.chdir(before);
}

/** Keeps Node's warnings out of the output of commands: they may be about files that earlier tests left open. */
function keepWarnings(): () => void {
  const before = process.rawListeners("warning") as NodeJS.WarningListener[];
  const { stderr } = process;
  const show = (warning: Error) => stderr.write(`${warning.stack ?? warning.message}\n`);
  process.removeAllListeners("warning").on("warning", show);
  return () => {
    process.removeAllListeners("warning");
    for (const listener of before) process.on("warning", listener);
  };
}

/** Ends what the command has left to the end of its process. */
function watchListeners(): () => void {
  const NAMES = ["exit", "SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"];
  const before = NAMES.map((name) => process.rawListeners(name));
  return () => {
    for (const [at, name] of NAMES.entries())
      for (const listener of process.rawListeners(name)) {
        if (before[at]?.includes(listener)) continue;
        if (name === "exit") listener.call(process, process.exitCode);
        process.off(name, listener as () => void);
      }
  };
}

/** As src/cli/main.ts does. */
async function runMain(args: readonly string[]): Promise<number> {
  const load = newInstance();
  withholdEnvironment(process.env);
  if (args[0] === "pull") {
    const pull = load("./pull-current.js") as typeof import("../../../src/cli/pull-current.js");
    const code = await pull.pullCurrent(args.slice(1));
    if (code !== undefined) return code;
  }
  const program = load("./program.js") as typeof import("../../../src/cli/program.js");
  return program.runProgram(args);
}

async function run({ args, env, cwd, input }: Words): Promise<Result> {
  const [out, err] = [collect(), collect()];
  const restore = [
    watchListeners(),
    keepWarnings(),
    changeFolder(cwd),
    replaceEnvironment(env),
    replace("argv", [process.execPath, BOX, ...args]),
    replace("stdin", Readable.from(input.length > 0 ? [Buffer.from(input)] : [])),
    replace("stdout", out.stream),
    replace("stderr", err.stream),
  ];
  try {
    const code = await runMain(args);
    return { code, signal: null, stdout: out.text(), stderr: err.text() };
  } finally {
    for (const one of restore.reverse()) one();
  }
}

let last: Promise<unknown> = Promise.resolve();

/** Commands share the process's environment and working directory, so they run one after the other. */
export function runInProcess(words: Words): Promise<Result> {
  const result = last.then(() => run(words));
  last = result.catch(() => undefined);
  return result;
}
