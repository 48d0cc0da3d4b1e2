// The part `diff` of `npm run test:full`: box beside a Docker engine.
import { check } from "../../scripts/steps.js";

/** @returns {import("../../scripts/steps.js").Step[]} */
export const beside = () => [
  check("cases beside a Docker engine", ["node", "test/diff/main.js"]),
  check("CI scripts with Docker", ["node", "test/diff/main.js", "--scripts"]),
];
