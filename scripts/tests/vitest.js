import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../steps.js";

/**
 * Runs a command on this terminal, and says so.
 * @param {string[]} command
 * @param {Record<string, string>} [env]
 * @returns {boolean} it has succeeded
 */
export function runHere([program = "", ...args], env = {}) {
  const quote = (/** @type {string} */ word) => (/^[\w./:=@,-]+$/.test(word) ? word : `'${word}'`);
  const shown = Object.entries(env).map(([name, value]) => `${name}=${quote(value)} `);
  console.log(`$ ${shown.join("")}${[program, ...args].map(quote).join(" ")}`);
  return (
    spawnSync(program, args, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...env } }).status === 0
  );
}

/**
 * The command that runs tests of a project.
 * @param {string} project
 * @param {string[]} options of vitest, names of files among them
 */
export const vitestCommand = (project, options) => [
  "node",
  join("node_modules", "vitest", "vitest.mjs"),
  ...["run", "--project", project, ...options],
];
