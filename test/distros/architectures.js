// Images of the architectures that npm test leaves out, under QEMU.
import { join } from "node:path";
import { homeOf, prepare } from "../e2e/steps.js";
import { MORE_IMAGES } from "../images/images.js";
import { check, ROOT, vitest } from "../../scripts/steps.js";

export const architectures = () => [
  prepare("qemu"),
  check("images of other architectures", [
    "node",
    join(ROOT, "test", "images", "build.js"),
    ...Object.keys(MORE_IMAGES),
  ]),
  vitest("boxes of other architectures", "e2e", {
    options: ["test/e2e/platforms.test.ts"],
    env: {
      BOX_TEST_DRIVER: "qemu",
      BOX_TEST_ARCHITECTURES: "1",
      BOX_TEST_PREPARED: "1",
      ...homeOf("qemu"),
    },
  }),
];
