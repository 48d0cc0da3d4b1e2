// Runs a command where KVM works: directly if the host has it, otherwise in an emulated AMD machine (docs/lab.md).
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import { LabFailure } from "./failure.js";
import { LAB } from "./folders.js";
import { kvmWorks } from "./kvm.js";
import { runInMachine } from "./session.js";

const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} exit code
 */
function runDirectly([program = "", ...args], env) {
  const child = spawn(program, args, { env, stdio: "inherit" });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  return new Promise((done) => {
    child.once("error", (error) => {
      process.stderr.write(`lab: ${error.message}\n`);
      done(127);
    });
    child.once("close", (code, signal) => done(code ?? 128 + constants.signals[signal ?? "SIGKILL"]));
  });
}

async function main() {
  const command = process.argv.slice(2);
  if (command.length === 0) throw new LabFailure("no command given", "usage: scripts/lab COMMAND ARG…");
  const out = resolve(process.env["BOX_LAB_OUT"] ?? join(LAB, "out"));
  mkdirSync(out, { recursive: true });
  if (kvmWorks()) return runDirectly(command, { ...process.env, BOX_LAB_OUT: out });
  // virtiofsd must be root: overlayfs opens files with O_NOATIME, which the host grants only to a file's owner.
  if (process.getuid?.() !== 0)
    throw new LabFailure("KVM does not work here, and the lab needs root", "try: sudo -E");
  const stop = new AbortController();
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop.abort("SIGPIPE"));
  for (const signal of SIGNALS) process.on(signal, () => stop.abort(signal));
  const mark = randomBytes(16).toString("hex");
  const request = { command, cwd: process.cwd(), env: process.env, out, mark };
  const limits = {
    memoryMb: positive("BOX_LAB_MEMORY", 6144),
    bootLimitS: positive("BOX_LAB_BOOT_LIMIT", 180),
    lifelessS: positive("BOX_LAB_LIFE_LIMIT", 100),
  };
  return runInMachine(request, limits, stop.signal);
}

/**
 * @param {string} name of a variable
 * @param {number} otherwise
 */
function positive(name, otherwise) {
  const value = process.env[name];
  if (value === undefined) return otherwise;
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new LabFailure(`${name}=${value} is not a positive number`);
  return Number(value);
}

// Not process.exitCode: a standard input that is still open would keep the process alive.
try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof LabFailure)) throw error;
  process.stderr.write(`lab: ${error.message}\n${error.hint === undefined ? "" : `hint: ${error.hint}\n`}`);
  process.exit(125);
}
