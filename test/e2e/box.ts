import { spawn, type ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { lstatSync, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { onTestFinished, TestRunner } from "vitest";
import { runInProcess } from "../in-process.js";

/** The driver under test: every test file runs once per driver. */
export const DRIVER = process.env["BOX_TEST_DRIVER"] === "krun" ? "krun" : "qemu";

/** Whether the second tier of tests is running. */
export const FULL = process.env["BOX_TEST_FULL"] === "1";

/** For tests of code that both drivers share, in files whose other tests exercise code specific to krun. */
export const SAME_ON_KRUN = DRIVER === "krun";

/** For tests that run on krun only in the second tier: others test what is specific to krun in less time. */
export const ONLY_FULL_ON_KRUN = DRIVER === "krun" && !FULL;

export const ROOT = join(import.meta.dirname, "..", "..");
const BOX = join(ROOT, "dist", "box");

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
  /** stdout as raw bytes. */
  raw: Buffer;
}

export interface RunOptions {
  input?: Buffer | string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Another box than that of this checkout. */
  program?: string;
}

/** The environment that boxes of the tests live in; global-setup.ts fills its image store. */
export function testEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // A busy machine is not a failure.
    BOX_BOOT_LIMIT: process.env["BOX_BOOT_LIMIT"] ?? "400",
    BOX_HOME: home(),
    BOX_RUNTIME: process.env["BOX_TEST_RUNTIME"] ?? join(home(), "run"),
  };
}

export function home(): string {
  return process.env["BOX_TEST_HOME"] ?? join(ROOT, "build", "e2e", "home");
}

/** Starts a box command with pipes for stdin, stdout and stderr. */
export function start(args: string[], { env, cwd, program = BOX }: RunOptions = {}): ChildProcess {
  return spawn(program, args, {
    cwd: cwd ?? ROOT,
    env: { ...testEnvironment(), ...env },
    stdio: "pipe",
  });
}

/** Collects a command's output until it exits. */
export async function finish(child: ChildProcess): Promise<Result> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  const raw = Buffer.concat(out);
  return { code, raw, stdout: raw.toString(), stderr: Buffer.concat(err).toString() };
}

/**
 * Commands that neither wait for other commands nor measure processes, and whose code is the same on both drivers. They run
 * in this process, one after the other: starting Node.js takes longer than all that most of them do, seconds on an emulated
 * CPU. On krun, where that takes longest, this includes starts of boxes in the background. `scripts.test.ts` starts them as
 * users do.
 */
const QUICK = new Set([
  ...["commit", "cp", "create", "diff", "image", "images", "inspect", "kill", "load", "network"],
  ...["pool ls", "pool status", "pool stop", "port", "ps", "rename", "rm", "rmi", "save", "stop"],
  ...["tag", "update", "volume"],
]);
const isQuick = (args: string[]) => {
  const [command = "", verb = ""] = args;
  if (command === "logs") return !args.includes("-f");
  if (command === "events") return args.includes("--until");
  if (command === "run") return DRIVER === "krun" && args.includes("-d");
  return QUICK.has(command) || QUICK.has(`${command} ${verb}`);
};

/** Runs a command without starting another Node.js. */
async function inProcess(args: string[], { env, cwd, input }: RunOptions): Promise<Result> {
  const { code, outputs } = await runInProcess({
    args,
    env: { ...testEnvironment(), ...env },
    cwd: cwd ?? ROOT,
    stdin: Readable.from(input === undefined ? [] : [Buffer.from(input)]),
  });
  const written = (name: string) =>
    Buffer.concat(outputs.filter(({ stream }) => stream === name).map(({ data }) => data));
  const raw = written("stdout");
  return { code, raw, stdout: raw.toString(), stderr: written("stderr").toString() };
}

/** Runs a box command to completion. */
export async function box(args: string[], options: RunOptions = {}): Promise<Result> {
  if (isQuick(args) && options.program === undefined) return inProcess(args, options);
  const child = start(args, options);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input);
  return finish(child);
}

/** `box run` on the driver under test. One CPU unless the test asks for more: each emulated one costs a second. */
export function run(args: string[], options: RunOptions = {}): Promise<Result> {
  return box(["run", "--vmm", DRIVER, "--cpus", "1", ...args], options);
}

/**
 * Removes a box with its anonymous volumes when the current test finishes, whether it passes or not.
 * @param idOrName of the box; it may be gone by then, or may not exist yet
 */
export function removeAfterTest(idOrName: string, options: RunOptions = {}): void {
  onTestFinished(async () => {
    const { BOX_HOME = home() } = { ...testEnvironment(), ...options.env };
    const exists = ["boxes", "names"].some(
      (folder) => lstatSync(join(BOX_HOME, folder, idOrName), { throwIfNoEntry: false }) !== undefined,
    );
    if (exists) await inProcess(["rm", "-fv", idOrName], { env: options.env ?? {} });
  });
}

/** Starts a box in the background and removes it when the current test finishes. Returns its ID. */
export async function runDetached(args: string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(["-d", ...args], options);
  if (code !== 0) throw new Error(`box run -d ${args.join(" ")} gave ${code}: ${stderr}`);
  const id = stdout.trim();
  // Boxes started in hooks belong to the whole file.
  if (TestRunner.getCurrentTest() !== undefined) removeAfterTest(id, options);
  return id;
}

/** Waits for a line on a stream of a running command. */
export function awaitText(child: ChildProcess, stream: "stdout" | "stderr", text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = "";
    child[stream]?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(text)) resolve(seen);
    });
    child.once("close", () => reject(new Error(`it ended before it wrote "${text}", after: ${seen}`)));
  });
}

const readOf = (id: string, file: string) =>
  readFile(join(home(), "boxes", id, file), "utf8").catch(() => "");

/** Reads the box's record directly: starting Node.js for `box ps` takes seconds on an emulated CPU. */
export async function hasEnded(id: string): Promise<boolean> {
  return (await readOf(id, "state.json")).includes('"exited"');
}

/**
 * Waits until a text occurs in a box's log `times` times. Reads the log file directly, for the same reason as
 * `hasEnded`.
 * @throws Error when the box exits first
 */
export async function awaitLog(id: string, text: string, times = 1): Promise<void> {
  const watcher = watch(join(home(), "boxes", id));
  const changes = on(watcher, "change");
  try {
    for (;;) {
      const ended = await hasEnded(id);
      const log = await readOf(id, "output.log");
      if (log.split(text).length > times) return;
      if (ended) throw new Error(`box ${id} has ended without "${text}": ${log}`);
      await changes.next();
    }
  } finally {
    watcher.close();
  }
}

/** Fetches a page, retrying while the server in the box is still starting. */
export async function fetchText(url: string): Promise<string> {
  for (;;) {
    try {
      // Every attempt has a timeout: a connection made before the server listens may never be answered.
      return await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
