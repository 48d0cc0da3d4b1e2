// The second tier of tests: a Docker engine, real workloads, other distributions, other versions of Node, long runs.
// `npm run test:full` runs all parts, `npm run test:full -- debian13 nodes` some, `npm run test:full -- workloads redis git`
// two of the workloads.
import { begin, finish, run, show, sum } from "./steps.js";
import { beside } from "../test/diff/beside.js";
import { architectures } from "../test/distros/architectures.js";
import { debian13 } from "../test/distros/debian13.js";
import { install } from "../test/distros/install.js";
import { krun } from "../test/distros/krun.js";
import { nodes } from "../test/distros/nodes.js";
import { slow } from "../test/distros/slow.js";
import { soak } from "../test/distros/soak.js";
import { workloads } from "../test/workloads/list.js";
import * as real from "../test/workloads/part.js";

const words = process.argv.slice(2);
const WORKLOADS = workloads().map(({ name }) => name);
/** Without any, all run. */
const names = words.filter((word) => WORKLOADS.includes(word));

/**
 * The steps of each part and its time limit, some three times what it takes on two idle cores. `summary` describes the
 * results.
 * @type {Record<string, { steps: () => import("./steps.js").Step[], minutes: number, summary?: () => string }>}
 */
const PARTS = {
  diff: { steps: beside, minutes: 60 },
  architectures: { steps: architectures, minutes: 30 },
  debian13: { steps: debian13, minutes: 45 },
  install: { steps: install, minutes: 60 },
  nodes: { steps: nodes, minutes: 75 },
  krun: { steps: krun, minutes: 110 },
  slow: { steps: slow, minutes: 90 },
  soak: { steps: soak, minutes: 90 },
  workloads: { steps: () => real.steps(names), minutes: 180, summary: () => real.summary(names) },
};

const asked = words.filter((name) => Object.hasOwn(PARTS, name));
const known = asked.includes("workloads") ? WORKLOADS : [];
const unknown = words.find((name) => !asked.includes(name) && !known.includes(name));
if (unknown !== undefined) {
  console.error(`test:full: unknown name "${unknown}", only ${[...Object.keys(PARTS), ...known].join(", ")}`);
  process.exit(1);
}
const parts = Object.entries(PARTS).filter(([name]) => asked.length === 0 || asked.includes(name));
const limits = parts.map(([name, { minutes }]) => `${name} (at most ${minutes} min)`);
console.log(`test:full: ${limits.join(", ")}, in this order`);
await begin();
const results = [];
for (const [name, { steps, minutes, summary }] of parts) {
  const started = Date.now();
  const counts = await run(steps(), { minutes });
  console.log(`${name}: ${show(counts)} in ${Math.round((Date.now() - started) / 60_000)} min`);
  if (summary) console.log(summary());
  results.push(counts);
}
finish(sum(results));
