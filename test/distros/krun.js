// All tests of code specific to krun, also those that take too long for the first tier.
import { onKrun, prepare } from "../e2e/steps.js";
import { IN_FULL, ON_KRUN } from "../e2e/on-krun.js";

/** The tests of the first tier include those with ONLY_FULL_ON_KRUN. */
export const krun = () => [
  prepare("krun"),
  onKrun(Object.keys(IN_FULL), { BOX_TEST_FULL: "1" }),
  onKrun(Object.keys(ON_KRUN), { BOX_TEST_FULL: "1" }),
];
