// The second tier of tests: other distributions, other Nodes, long runs. `npm run test:full` runs all parts,
// `npm run test:full -- debian13 nodes` some.
import { begin, finish, run, show, sum } from "./steps.js";
import { debian13 } from "../test/distros/debian13.js";
import { install } from "../test/distros/install.js";
import { krun } from "../test/distros/krun.js";
import { nodes } from "../test/distros/nodes.js";
import { soak } from "../test/distros/soak.js";

/** @type {Record<string, () => import("./steps.js").Step[]>} */
const PARTS = { debian13, install, nodes, krun, soak };

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in PARTS));
if (unknown !== undefined) {
  console.error(`test:full: there is no part "${unknown}", only ${Object.keys(PARTS).join(", ")}`);
  process.exit(1);
}
const names = asked.length > 0 ? asked : Object.keys(PARTS);
console.log(
  `test:full: ${names.join(", ")}, in this order; all ${Object.keys(PARTS).length} parts take 45 minutes at most`,
);
await begin(45);
const results = [];
for (const name of names) {
  const started = Date.now();
  const counts = await run(PARTS[name]?.() ?? []);
  console.log(`${name}: ${show(counts)} in ${Math.round((Date.now() - started) / 60_000)} min`);
  results.push(counts);
}
finish(sum(results));
