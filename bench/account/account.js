// Measures commands that leave processes behind, such as a box's monitor, until the last of these has ended.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { WORK } from "../images.js";

const PROGRAM = join(WORK, "account");
mkdirSync(WORK, { recursive: true });
execFileSync("cc", ["-O2", "-o", PROGRAM, join(import.meta.dirname, "account.c")]);
// The VMM's helper expects the agent's stream as descriptor 3; on its own, it does not use it.
const nothing = openSync("/dev/null", "r+");

/** @typedef {import("node:stream").Readable} Readable */
/**
 * @typedef {object} Cost
 * @property {number} ms until the command had exited
 * @property {number} cpuMs of all processes, until the last had exited
 */

/**
 * Runs a command until it and all processes that it has started have exited.
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @param {{ mayFail?: boolean }} [options]
 * @returns {Promise<Cost>}
 * @throws if it fails, unless `mayFail` is set
 */
export async function account(command, env, { mayFail = false } = {}) {
  const child = spawn(PROGRAM, command, { env, stdio: ["ignore", "pipe", "pipe", nothing] });
  const [, stdout, stderr] = /** @type {[null, Readable, Readable]} */ (/** @type {unknown} */ (child.stdio));
  const [output, errors, [code]] = await Promise.all([
    text(stdout),
    text(stderr),
    /** @type {Promise<[number | null]>} */ (once(child, "close")),
  ]);
  if (code !== 0 && !mayFail) throw new Error(`${command.join(" ")}: exit code ${code ?? "none"}: ${errors}`);
  const [ms = NaN, cpuMs = NaN] = output.split(" ").map(Number);
  return { ms, cpuMs };
}
