// The tests that `npm test` runs briefly, for longer: fuzzers, killed boxes, many starts.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { check, ROOT, vitest } from "../../scripts/steps.js";

/** Tests of random input that use BOX_TEST_RUNS, as `npm run fuzz` runs them. */
const FUZZED = [
  "oci/index/tar-indexer",
  "oci/index/entry-file",
  "oci/manifest",
  "config/syntax/reference",
  "oci/corpus",
  "vm/monitor/hostile-guest",
  "vm/copy/unpack",
  "vm/volume/host-path",
].map((name) => `test/unit/${name}.test.ts`);
const RUNS = "2000";
/** Duration of each C fuzzer. */
const TIME = "2m";

/**
 * Every fuzzer of a native part: `fuzz/mutate.c` becomes the program `mutate`, `fuzz/mutate-NAME.c` another one.
 * @returns {[part: string, name: string][]}
 */
const fuzzers = () =>
  readdirSync(join(ROOT, "native")).flatMap((part) => {
    const folder = join(ROOT, "native", part, "fuzz");
    const files = existsSync(folder) ? readdirSync(folder) : [];
    return files
      .flatMap((file) => /^(mutate.*)\.c$/.exec(file)?.[1] ?? [])
      .map((name) => /** @type {[string, string]} */ ([part, name]));
  });

/** @param {[part: string, name: string]} fuzzer */
function fuzz([part, name]) {
  const program = join(ROOT, "build", part, name);
  const script = `make --silent -C native/${part} ${program} && ${program} ${TIME}`;
  return check(`soak: ${name} of native/${part}`, ["sh", "-c", script]);
}

/**
 * @param {string} file
 * @param {string} lives
 */
const live = (file, lives) =>
  vitest(`soak: ${file}, ${lives} lives on qemu`, "e2e", {
    options: [`test/e2e/${file}.test.ts`, "--testTimeout=0"],
    env: {
      BOX_TEST_DRIVER: "qemu",
      BOX_TEST_LIVES: lives,
      BOX_TEST_HOME: join(ROOT, "build", "e2e", "qemu"),
    },
  });

/**
 * Tests that use BOX_TEST_LONG.
 * @param {string} what
 * @param {string} file
 * @param {string} name
 */
const long = (what, file, name) =>
  vitest(`soak: ${what} on qemu`, "e2e", {
    options: [`test/e2e/${file}.test.ts`, "-t", name, "--testTimeout=0"],
    env: {
      BOX_TEST_DRIVER: "qemu",
      BOX_TEST_LONG: "1",
      BOX_TEST_HOME: join(ROOT, "build", "e2e", "qemu"),
    },
  });

export function soak() {
  return [
    vitest("soak: fuzzing of what registries and guests send", "unit", {
      options: [...FUZZED, "--testTimeout=0"],
      env: { BOX_TEST_RUNS: RUNS },
    }),
    vitest("soak: an image with a million files", "unit", {
      options: ["test/unit/oci/hostile-sizes.test.ts", "-t", "files need", "--testTimeout=0"],
      env: { BOX_TEST_LONG: "1" },
    }),
    vitest("soak: twenty pulls at the same time", "unit", {
      options: ["test/unit/oci/interrupted.test.ts", "-t", "overlapping images", "--testTimeout=0"],
      env: { BOX_TEST_LONG: "1" },
    }),
    ...fuzzers().map(fuzz),
    live("crash", "60"),
    live("random-kills", "200"),
    live("leak", "40"),
    long("half-closed connections of 10 MB", "network", "half-close"),
    long("a directory that is written for a minute", "shared-volumes", "on one machine"),
  ];
}
