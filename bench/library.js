// Measures the cost of starting a box through the library, relative to the command line: alternates between whole
// processes that run `true` in a box of busybox and remove it. Prints medians, and the median of the pairs' ratios.
//
//   node bench/library.js [PAIRS] [qemu|krun]
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUSYBOX, HOME, ROOT, WORK } from "./images.js";
import { median, time } from "./timing.js";

const PAIRS = Number(process.argv[2] ?? 20);
const VMM = process.argv[3] ?? "qemu";
/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, BOX_HOME: HOME, BOX_RUNTIME: join(HOME, "run") };
// Node reads these at every start unless `box` removes the variable: a cost of neither.
delete env["NODE_EXTRA_CA_CERTS"];

mkdirSync(WORK, { recursive: true });
/** Below the checkout, so that `box` resolves to the package itself. */
const PROGRAM = join(WORK, "library.mjs");
writeFileSync(
  PROGRAM,
  `import { Box } from "box";
const [image, vmm] = process.argv.slice(2);
const record = { autoRemove: true, init: false, stdin: false };
const box = await Box.create({ image, vmm, cmd: ["true"], record });
await box.wait();
`,
);
const commands = {
  "box run --rm busybox true": [join(ROOT, "dist", "box"), "run", "--vmm", VMM, "--rm", BUSYBOX, "true"],
  "the same through the library": [process.execPath, PROGRAM, BUSYBOX, VMM],
};

/** @type {Record<string, number[]>} */
const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
// One round to warm the page cache; the order alternates from pair to pair.
for (let pair = -1; pair < PAIRS; pair++) {
  const order = Object.entries(commands);
  for (const [name, command] of pair % 2 === 0 ? order : order.reverse()) {
    const milliseconds = await time(command, env);
    if (pair >= 0) times[name]?.push(milliseconds);
  }
}
const [runs = [], libraries = []] = Object.values(times);
// The ratio of each pair, because the speed of a shared host varies.
const ratio = median(libraries.map((each, pair) => each / (runs[pair] ?? NaN)));
console.log(`${VMM}, median of ${PAIRS} pairs`);
for (const [name, values] of Object.entries(times))
  console.log(`  ${name.padEnd(28)} ${median(values).toFixed(0).padStart(6)} ms`);
console.log(`  library / run                ${ratio.toFixed(3).padStart(6)}   (goal: at most 1.03)`);
