// Tests specific to krun that take too long for the first tier.
import { onKrun, prepare } from "../e2e/steps.js";
import { IN_FULL } from "../e2e/on-krun.js";

export const krun = () => [prepare("krun"), onKrun(Object.keys(IN_FULL))];
