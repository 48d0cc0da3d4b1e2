/** The helper, built with sanitizers, and fakes of the programs that it executes. */
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIBSLIRP, firstOf } from "../../../src/vm/runtime-files.js";
import { makeNative } from "../../make.js";

const ROOT = join(import.meta.dirname, "..", "..", "..");

export interface Programs {
  /** A directory that every user may enter, which contains the files below. */
  folder: string;
  /** Its filter lets the programs that it executes start processes, because they are scripts. */
  helper: string;
  /** With the same filter as in releases. */
  strictHelper: string;
  network: string;
  /** The library that it loads. */
  libslirp: string;
  sharePreload: string;
  memoryPreload: string;
  probe: string;
}

/** Builds the programs, and copies them to where an unprivileged user can execute them. */
export async function buildPrograms(): Promise<Programs> {
  await makeNative("vmm", "test-programs");
  const folder = mkdtempSync(join(tmpdir(), "box-vmm test: "));
  chmodSync(folder, 0o755);
  const place = (name: string) => {
    copyFileSync(join(ROOT, "build", "vmm", name), join(folder, name));
    return join(folder, name);
  };
  for (const name of ["jail-probe", "libjail-probe.so", "libshare-probe.so", "heap-probe", "memory-probe"])
    place(name);
  return {
    folder,
    helper: place("box-vmm-scripts"),
    strictHelper: place("box-vmm"),
    network: place("box-network"),
    libslirp: (await firstOf(LIBSLIRP)) ?? "",
    sharePreload: place("libboxshare.so"),
    memoryPreload: place("libboxmemory.so"),
    probe: place("net-probe"),
  };
}

/**
 * Starts the network process with its frames at descriptor 3 and its report at 4.
 * @param before a program, with arguments, that executes it
 */
export function spawnNetwork(
  { network, libslirp }: Programs,
  before: string[],
  words: string[],
): ChildProcess {
  const needed = ["--libslirp", libslirp, "--mtu", "1500"];
  const [program = "", ...rest] = [...before, network, ...needed, ...words];
  return spawn(program, rest, {
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    // Sanitizers find nothing after the process has entered its root; libraries keep what they allocate.
    env: { ...process.env, ASAN_OPTIONS: "detect_leaks=0" },
  });
}

/** Writes an executable shell script. */
export function writeScript(path: string, script: string): string {
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Resolves with everything that a process wrote, once its output has been closed. */
export async function finish(child: ChildProcess): Promise<Ended> {
  const collected = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8").on("data", (text: string) => (collected[stream] += text));
  }
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...collected };
}

/** Resolves with the first output of a process. */
export async function firstOutput(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("its output goes elsewhere");
  const silent = once(child, "close").then(([code]) => {
    throw new Error(`it has ended without output: ${String(code)}`);
  });
  const [text] = (await Promise.race([once(child.stdout, "data"), silent])) as [Buffer];
  return text.toString();
}

/** Runs a program until it exits. */
export function run(program: string, args: string[], options: SpawnOptions = {}): Promise<Ended> {
  return finish(spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options }));
}

/** The processes supervised by a watcher, in the order of their start. */
export function members(watcher: number | undefined): number[] {
  const text = readFileSync(`/proc/${watcher}/task/${watcher}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}

/** Resolves when a process has ended, or is a zombie. */
export async function awaitGone(pid: number): Promise<void> {
  for (;;) {
    let state = "";
    try {
      state = readFileSync(`/proc/${pid}/stat`, "utf8");
    } catch {
      return;
    }
    if (/\) Z /.test(state)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
