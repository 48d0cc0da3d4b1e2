// The tests that `npm test` leaves out because quicker ones cover their subject, too: those with the tag `full`.
import { SECOND_TIER, vitest } from "../../scripts/steps.js";
import { SHARED } from "../../scripts/tests/fast.js";
import { homeOf, prepare } from "../e2e/steps.js";

export const slow = () => [
  prepare("qemu"),
  vitest("slow: unit tests", "unit", { options: [SECOND_TIER, SHARED] }),
  vitest("slow: end-to-end tests on qemu", "e2e", {
    options: [SECOND_TIER, "--maxWorkers=1"],
    env: { BOX_TEST_DRIVER: "qemu", BOX_TEST_PREPARED: "1", ...homeOf("qemu") },
  }),
  // Each of their tests covers more with BOX_TEST_FULL.
  vitest("slow: every address, every page and more rounds on qemu", "e2e", {
    options: [
      ...["network-reach", "full-disk", "no-namespaces", "box-files", "copy"].map(
        (name) => `test/attack/vm/${name}.test.ts`,
      ),
      "test/e2e/templates.test.ts",
    ],
    env: { BOX_TEST_DRIVER: "qemu", BOX_TEST_PREPARED: "1", BOX_TEST_FULL: "1", ...homeOf("qemu") },
  }),
];
