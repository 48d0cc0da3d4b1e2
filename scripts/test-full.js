// The second tier of tests: a Docker engine, other distributions, other versions of Node, long runs. `npm run test:full` runs all parts,
// `npm run test:full -- debian13 nodes` some.
import { begin, finish, run, show, sum } from "./steps.js";
import { beside } from "../test/diff/beside.js";
import { architectures } from "../test/distros/architectures.js";
import { debian13 } from "../test/distros/debian13.js";
import { install } from "../test/distros/install.js";
import { krun } from "../test/distros/krun.js";
import { nodes } from "../test/distros/nodes.js";
import { soak } from "../test/distros/soak.js";

/**
 * The steps of each part and its time limit, some three times what it takes on two idle cores.
 * @type {Record<string, { steps: () => import("./steps.js").Step[], minutes: number }>}
 */
const PARTS = {
  diff: { steps: beside, minutes: 60 },
  architectures: { steps: architectures, minutes: 30 },
  debian13: { steps: debian13, minutes: 45 },
  install: { steps: install, minutes: 60 },
  nodes: { steps: nodes, minutes: 75 },
  krun: { steps: krun, minutes: 90 },
  soak: { steps: soak, minutes: 90 },
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(PARTS, name));
if (unknown !== undefined) {
  console.error(`test:full: unknown part "${unknown}", only ${Object.keys(PARTS).join(", ")}`);
  process.exit(1);
}
const parts = Object.entries(PARTS).filter(([name]) => asked.length === 0 || asked.includes(name));
const limits = parts.map(([name, { minutes }]) => `${name} (at most ${minutes} min)`);
console.log(`test:full: ${limits.join(", ")}, in this order`);
await begin();
const results = [];
for (const [name, { steps, minutes }] of parts) {
  const started = Date.now();
  const counts = await run(steps(), { minutes });
  console.log(`${name}: ${show(counts)} in ${Math.round((Date.now() - started) / 60_000)} min`);
  results.push(counts);
}
finish(sum(results));
