// Runs tests by name or file: `npm run test:one -- 'NAME' [qemu|krun]`. A name is any part of the name of a test or a
// group, as shown by reporters. For tests with virtual machines, it first prepares the images; without KVM, it runs krun
// in the lab.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { homeOf } from "../test/e2e/steps.js";
import { LAB, ROOT } from "./steps.js";
import { E2E_TESTS, textOf, UNIT_TESTS } from "./tests/imports.js";
import { runHere, vitestCommand } from "./tests/vitest.js";

/** Titles of tests and groups: the first argument of a call, also after a table. */
const TITLE =
  /\b(?:it|test|describe)(?:\.\w+)*(?:<[^(]*>)?\(\s*(["'`])((?:\\.|(?!\1).)*)\1|\)\(\s*(["'`])((?:\\.|(?!\3).)*)\3/g;
/** Placeholders for values of a table or a template. */
const FILLED_IN = /%[sdifjoOc#$%]|\$\{[^}]*\}|\$[\w.]+/;

/** @param {string} text */
const escape = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** @param {string} file */
const titlesOf = (file) =>
  [...textOf(file).matchAll(TITLE)].map(([, , first, , second]) =>
    (first ?? second ?? "").replaceAll(/\\(.)/g, "$1"),
  );

/**
 * @param {string} title as in the source
 * @param {string} name
 */
function isNamed(title, name) {
  if (title.toLowerCase().includes(name.toLowerCase())) return true;
  if (!FILLED_IN.test(title)) return false;
  const literal = title.split(new RegExp(FILLED_IN, "g"));
  // A title that consists only of a placeholder matches anything.
  if (literal.join("").trim().length < 8) return false;
  return new RegExp(`^${literal.map(escape).join(".+")}$`, "i").test(name);
}

/**
 * Returns files with a test of this name; in words as `GROUP > TEST`, each has to be there.
 * @param {string} name
 */
function filesWith(name) {
  const words = name.split(" > ");
  return [...UNIT_TESTS, ...E2E_TESTS].filter((file) => {
    const titles = titlesOf(file);
    return words.every((word) => titles.some((title) => isNamed(title, word)));
  });
}

/** @param {string} message */
function fail(message) {
  console.error(`test:one: ${message}`);
  process.exit(1);
}

const [name = "", driver = "qemu", ...rest] = process.argv.slice(2);
if (name === "" || rest.length > 0 || !["qemu", "krun"].includes(driver))
  fail("usage: npm run test:one -- 'NAME OF A TEST' [qemu|krun]");

const isFile = existsSync(join(ROOT, name));
const files = isFile ? [name] : filesWith(name);
if (files.length === 0) fail(`no test's name contains ${JSON.stringify(name)} in it`);
const pattern = isFile ? [] : ["-t", escape(name.split(" > ").join(" "))];
const options = (/** @type {string[]} */ some) => [...some, ...pattern, "--reporter=verbose"];

const unit = files.filter((file) => UNIT_TESTS.includes(file));
const e2e = files.filter((file) => E2E_TESTS.includes(file));
let passed = unit.length === 0 || runHere(vitestCommand("unit", options(unit)));
if (e2e.length > 0) {
  const prepared = runHere(["node", "test/e2e/prepare.js"], homeOf(driver));
  const env = { BOX_TEST_DRIVER: driver, BOX_TEST_PREPARED: "1", ...homeOf(driver) };
  const command = vitestCommand("e2e", options(e2e));
  passed = prepared && runHere(driver === "krun" ? [LAB, ...command] : command, env) && passed;
}
process.exitCode = passed ? 0 : 1;
