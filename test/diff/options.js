import { parseArgs } from "node:util";
import { AREAS } from "./cases.js";

export const USAGE = `usage: npm run diff [-- OPTION…] [AREA…]
       npm run diff -- --scripts [NAME…]

Runs the cases of test/diff/cases with docker and with box, and compares.

  -t TEXT            only cases whose name contains TEXT
  --recorded         compare box with Docker's recorded answers; no engine is started
  --record           record Docker's answers; box is not run
  --other-versions   record even if the answers are those of another client or engine
  --open             run only cases of test/diff/open.txt, and print their differences
  --shrink           take cases that no longer differ off test/diff/open.txt
  --few-vms          leave out cases that start boxes of their own
  --no-vms           leave out also those that share boxes
  --in-process       run box's commands in one process, except in areas about running boxes
  --commands         print the answers of both sides
  --scripts          instead, run the scripts of test/e2e/scripts with docker; the end-to-end tests run them with box`;

/** @typedef {ReturnType<typeof readOptions>} Options */

/** @param {string[]} words */
export function readOptions(words) {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      name: { type: "string", short: "t", default: "" },
      recorded: { type: "boolean", default: false },
      record: { type: "boolean", default: false },
      "other-versions": { type: "boolean", default: false },
      shrink: { type: "boolean", default: false },
      "few-vms": { type: "boolean", default: false },
      "no-vms": { type: "boolean", default: false },
      "in-process": { type: "boolean", default: false },
      open: { type: "boolean", default: false },
      commands: { type: "boolean", default: false },
    },
  });
  const unknown = positionals.find((area) => !AREAS.includes(area));
  if (unknown !== undefined) throw new Error(`no area ${unknown}; there are ${AREAS.join(", ")}`);
  if (values.record && values.recorded) throw new Error("--record and --recorded exclude each other");
  return {
    areas: positionals.length > 0 ? positionals : AREAS,
    name: values.name,
    recorded: values.recorded,
    record: values.record,
    otherVersions: values["other-versions"],
    fewVms: values["few-vms"] || values["no-vms"],
    noVms: values["no-vms"],
    inProcess: values["in-process"],
    commands: values.commands,
    open: values.open,
    shrink: values.shrink,
    /** Titles of cases in test/diff/open.txt that no longer differ. */
    closed: /** @type {Set<string>} */ (new Set()),
    /** Whether neither areas nor names were given. */
    whole: positionals.length === 0 && values.name === "" && !values.open,
  };
}
