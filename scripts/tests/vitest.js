import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../steps.js";

/**
 * Prints a command and runs it in this terminal.
 * @param {string[]} command
 * @param {Record<string, string>} [env]
 * @returns {boolean} whether it succeeded
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
 * Returns the command that runs tests of a project.
 * @param {string} project
 * @param {string[]} options for vitest, such as file names
 */
export const vitestCommand = (project, options) => [
  "node",
  join("node_modules", "vitest", "vitest.mjs"),
  ...["run", "--project", project, ...options],
];
