import { openEngine, type Engine } from "../engine/engine.js";
import { withFlags } from "./flags/option-names.js";
import { printWarning } from "./output/print.js";

let opened: Engine | undefined;

/** The engine of this command, for the home given by the environment. */
export function engine(): Engine {
  return (opened ??= openEngine({ env: process.env, onWarning: (line) => printWarning(withFlags(line)) }));
}
