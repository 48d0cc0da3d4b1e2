// Time and memory of the workloads' last runs, in build/workloads/facts.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD } from "./image.js";

const FOLDER = join(BUILD, "facts");
/** @type {Record<string, number>} */
const UNITS = { KiB: 1 / 1024, MiB: 1, GiB: 1024 };

/** @typedef {{ seconds: number, memoryMb: number, limitMb: number }} Facts */

/** @param {string} text such as `12.5MiB` */
function megabytes(text) {
  const [, number = "", unit = ""] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  return Number(number) * (UNITS[unit] ?? 0);
}

/**
 * @param {string} name
 * @param {number} seconds
 * @param {string} usage lines such as `12.5MiB / 1GiB`
 */
export function writeFacts(name, seconds, usage) {
  const lines = usage.trim().split("\n");
  const most = (/** @type {number} */ i) =>
    Math.round(Math.max(...lines.map((line) => megabytes(line.split(" / ")[i] ?? ""))));
  /** @type {Facts} */
  const facts = { seconds: Math.round(seconds), memoryMb: most(0), limitMb: most(1) };
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.json`), JSON.stringify(facts));
}

/** @param {string} name @returns {Facts | undefined} */
export function readFacts(name) {
  const path = join(FOLDER, `${name}.json`);
  return existsSync(path) ? /** @type {Facts} */ (JSON.parse(readFileSync(path, "utf8"))) : undefined;
}
