import { spawn, type ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { lstatSync, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished, TestRunner } from "vitest";

/** The driver under test: every file here runs once on each. */
export const DRIVER = process.env["BOX_TEST_DRIVER"] === "krun" ? "krun" : "qemu";

/** For tests whose code is the same on both drivers, in files of which others have a path of their own on krun. */
export const SAME_ON_KRUN = DRIVER === "krun";

export const ROOT = join(import.meta.dirname, "..", "..");
const BOX = join(ROOT, "dist", "box");

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
  /** stdout as bytes. */
  raw: Buffer;
}

export interface RunOptions {
  input?: Buffer | string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** Where the boxes of the tests live; images are put there by global-setup.ts. */
export function testEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    BOX_HOME: home(),
    BOX_RUNTIME: process.env["BOX_TEST_RUNTIME"] ?? join(home(), "run"),
  };
}

export function home(): string {
  return process.env["BOX_TEST_HOME"] ?? join(ROOT, "build", "e2e", "home");
}

/** Starts a command of box's with its three streams as pipes. */
export function start(args: string[], { env, cwd }: RunOptions = {}): ChildProcess {
  return spawn(BOX, args, {
    cwd: cwd ?? ROOT,
    env: { ...testEnvironment(), ...env },
    stdio: "pipe",
  });
}

/** Collects what a command writes until it ends. */
export async function finish(child: ChildProcess): Promise<Result> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  const raw = Buffer.concat(out);
  return { code, raw, stdout: raw.toString(), stderr: Buffer.concat(err).toString() };
}

/** Runs a command of box's to its end. */
export async function box(args: string[], options: RunOptions = {}): Promise<Result> {
  const child = start(args, options);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input);
  return finish(child);
}

/** `box run` on the driver under test. One processor unless the test asks for more: emulated ones cost a second each. */
export function run(args: string[], options: RunOptions = {}): Promise<Result> {
  return box(["run", "--vmm", DRIVER, "--cpus", "1", ...args], options);
}

/**
 * Removes a box with its anonymous volumes when the current test has finished, whether or not it passed.
 * @param idOrName of the box; it may be gone by then, or not exist yet
 */
export function removeAfterTest(idOrName: string, options: RunOptions = {}): void {
  onTestFinished(async () => {
    const { BOX_HOME = home() } = { ...testEnvironment(), ...options.env };
    // Another Node.js is seconds on an emulated processor.
    const exists = ["boxes", "names"].some(
      (folder) => lstatSync(join(BOX_HOME, folder, idOrName), { throwIfNoEntry: false }) !== undefined,
    );
    if (exists) await box(["rm", "-fv", idOrName], options);
  });
}

/** Starts a box in the background, which is removed when the test that starts it has finished. Returns its ID. */
export async function runDetached(args: string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(["-d", ...args], options);
  if (code !== 0) throw new Error(`box run -d ${args.join(" ")} gave ${code}: ${stderr}`);
  const id = stdout.trim();
  // Boxes of hooks are those of a whole file.
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

/** Reads a box's record itself: another Node.js for `box ps` is seconds on an emulated processor. */
export async function hasEnded(id: string): Promise<boolean> {
  return (await readOf(id, "state.json")).includes('"exited"');
}

/**
 * Waits until a box has written a text so often. Reads the log's file itself, as `hasEnded` does.
 * @throws Error when the box has ended without it
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

/** Fetches a page; asks again for as long as the server in the box is still starting. */
export async function fetchText(url: string): Promise<string> {
  for (;;) {
    try {
      // Each try has its end: a connection made before the server in the box listens may never be answered.
      return await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
