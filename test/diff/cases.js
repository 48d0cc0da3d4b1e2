// Reads the cases: cases/AREA.sh holds several, each a short script under a line `# case: NAME`.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "cases");

/**
 * @typedef {object} Case
 * @property {string} area
 * @property {string} name
 * @property {string} script
 * @property {boolean} vm whether it starts boxes, whose VMs take seconds
 * @property {string[]} differs keys of rows in docs/differences.md, which explain why box's answer differs
 * @property {RegExp[]} words texts that scripts look for on stderr: if Docker prints one, box has to print it too
 * @property {string} stamp changes with the script
 *
 * @typedef {object} Area
 * @property {string} name
 * @property {string} shared a script that prepares common objects for the cases of the area; "" if each case has a clean
 *   home
 * @property {Case[]} cases
 */

/** Matches lines `# KEY: VALUE` or `# KEY` below a case's name. */
const NOTES = /^# (vm|differs|words)(?:: (.+))?$/;

/** @param {string} text */
const stampOf = (text) => createHash("sha256").update(text).digest("hex").slice(0, 12);

/**
 * @param {string} area
 * @param {string} text the lines under `# case: `, the first of which is the name
 * @param {string} shared
 * @returns {Case}
 */
function parseCase(area, text, shared) {
  const [name = "", ...lines] = text.split("\n");
  const where = `cases/${area}.sh: ${name}`;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) throw new Error(`${where}: not a name in kebab-case`);
  const first = lines.findIndex((line) => !NOTES.test(line));
  const notes = lines.slice(0, first).map((line) => NOTES.exec(line) ?? []);
  const of = (/** @type {string} */ wanted) =>
    notes.flatMap(([, key, value = ""]) => (key === wanted ? [value] : []));
  const script = lines.slice(first).join("\n").trim();
  if (script === "") throw new Error(`${where}: no script`);
  return {
    area,
    name,
    script,
    vm: of("vm").length > 0,
    differs: of("differs"),
    words: of("words").map((pattern) => new RegExp(pattern)),
    stamp: stampOf(`${shared}\0${script}`),
  };
}

/** @param {string} name @param {string} text @returns {Area} */
export function parseArea(name, text) {
  const [before = "", ...parts] = text.split(/^# case: /m);
  const [, shared = ""] = before.split(/^# shared$/m);
  const cases = parts.map((part) => parseCase(name, part, shared.trim()));
  const names = cases.map((one) => one.name);
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined) throw new Error(`cases/${name}.sh: two cases named ${twice}`);
  return { name, shared: shared.trim(), cases };
}

export const AREAS = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".sh"))
  .sort()
  .map((file) => file.slice(0, -".sh".length));

/** @param {string} name */
export const readArea = (name) => parseArea(name, readFileSync(join(FOLDER, `${name}.sh`), "utf8"));

/** @param {Case} one */
export const titleOf = ({ area, name }) => `${area}/${name}`;
