import { spawn } from "node:child_process";
import { once } from "node:events";

/** @param {number[]} values */
export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/**
 * Runs a command until it exits.
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @param {{ descriptors?: number[], mayFail?: boolean }} [options] `descriptors`: passed to the command, from 3 on
 * @returns {Promise<number>} milliseconds
 * @throws if it fails, unless `mayFail` is set
 */
export async function time([program = "", ...args], env, { descriptors = [], mayFail = false } = {}) {
  const started = process.hrtime.bigint();
  const child = spawn(program, args, { env, stdio: ["ignore", "ignore", "pipe", ...descriptors] });
  let errors = "";
  child.stderr?.on("data", (/** @type {Buffer} */ chunk) => (errors += chunk.toString()));
  const [code] = /** @type {[number | null]} */ (await once(child, "close"));
  if (code !== 0 && !mayFail)
    throw new Error(`${program} ${args.join(" ")}: exit code ${code ?? "none"}: ${errors}`);
  return Number(process.hrtime.bigint() - started) / 1e6;
}

/**
 * Runs a command until it exits.
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<bigint>} when the first byte of its output arrived, as `process.hrtime.bigint()`
 * @throws if it fails, or prints nothing
 */
export async function firstOutput([program = "", ...args], env) {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  let arrived = 0n;
  child.stdout.once("data", () => (arrived = process.hrtime.bigint())).resume();
  const [code] = /** @type {[number | null]} */ (await once(child, "close"));
  if (code !== 0 || arrived === 0n)
    throw new Error(`${program} ${args.join(" ")}: exit code ${code ?? "none"}, no output`);
  return arrived;
}
