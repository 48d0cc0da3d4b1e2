// The quick part of the unit tests, without the attacks: `npm run test:fast`. With --watch it runs them again when files are saved: `npm run
// test:watch`. Other arguments are passed to vitest: file names, -t NAME.
import { FAST, FAST_ENV, UNIT_ONLY } from "./tests/fast.js";
import { runHere } from "./tests/vitest.js";

const [first, ...rest] = process.argv.slice(2);
const isWatching = first === "--watch";
const words = isWatching ? rest : process.argv.slice(2);
const command = ["node", "node_modules/vitest/vitest.mjs", isWatching ? "watch" : "run", "--project", "unit"];
process.exitCode = runHere([...command, ...FAST, ...words], { ...FAST_ENV, ...UNIT_ONLY }) ? 0 : 1;
