// The part `workloads` of `npm run test:full`: real programs from Debian packages in boxes, one after the other.
import { check } from "../../scripts/steps.js";
import { readFacts } from "./facts.js";
import { workloads } from "./list.js";

/** @param {string[]} names all if empty */
const chosen = (names) => workloads().filter(({ name }) => names.length === 0 || names.includes(name));

/** @param {string[]} names all if empty */
export const steps = (names) =>
  chosen(names).map(({ name }) => check(`workload ${name}`, ["node", "test/workloads/run.js", name]));

/**
 * Describes the last successful runs.
 * @param {string[]} names all if empty
 */
export function summary(names) {
  const lines = chosen(names).map(({ name, title }) => {
    const facts = readFacts(name);
    const numbers = facts ? [`${facts.seconds} s`, `${facts.memoryMb} of ${facts.limitMb} MB`] : ["-", "-"];
    return [name.padEnd(12), ...numbers.map((text) => text.padStart(15)), `  ${title}`].join("");
  });
  return lines.join("\n");
}
