// The workloads: scripts of docker commands, each with its Debian packages in comments at the top.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SCRIPTS = join(import.meta.dirname, "scripts");

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} title what it does, from the first comment
 * @property {string} script its path
 * @property {string[]} packages Debian packages of its image
 * @property {string[]} setup lines of shell that complete the image, run as root in it
 */

/** @param {string} text @param {string} key */
const valuesOf = (text, key) =>
  [...text.matchAll(new RegExp(`^# ${key}: (.*)$`, "gm"))].map(([, value = ""]) => value);

/** @returns {Workload[]} in alphabetical order */
export function workloads() {
  return readdirSync(SCRIPTS)
    .sort()
    .map((file) => {
      const script = join(SCRIPTS, file);
      const text = readFileSync(script, "utf8");
      return {
        name: file.replace(/\.sh$/, ""),
        title: text.split("\n")[1]?.replace(/^# /, "") ?? "",
        script,
        packages: valuesOf(text, "packages").flatMap((value) => value.split(" ")),
        setup: valuesOf(text, "setup"),
      };
    });
}
