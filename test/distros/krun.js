// Tests that have a path of their own on krun and take too long for the first tier.
import { onKrun, prepare } from "../e2e/steps.js";
import { IN_FULL } from "../e2e/on-krun.js";

export const krun = () => [prepare("krun"), onKrun(Object.keys(IN_FULL))];
