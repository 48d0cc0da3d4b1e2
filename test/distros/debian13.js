// Debian 13 in a directory: setup, demo and some of the tests, as on a new machine.
import { join } from "node:path";
import { check, ROOT, vitest } from "../../scripts/steps.js";

const KEPT = join(ROOT, "build", "distros", "trixie");
/** Path of the checkout inside. */
const CHECKOUT = "/srv/box";

/** One file for each feature that another system's QEMU, virtiofsd, libslirp or C library could break. */
const SMOKE = ["exec", "volumes", "templates", "network", "unprivileged", "ci"];

export function debian13() {
  const namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--"];
  const prefix = [...namespaces, join(import.meta.dirname, "enter"), join(KEPT, "root"), CHECKOUT];
  const env = { BOX_DEBS: join(KEPT, "archives"), BOX_NPM_CACHE: join(KEPT, "npm") };
  const outside = join(KEPT, "root", CHECKOUT);
  /** @param {string} name @param {string} project @param {string[]} files */
  const test = (name, project, files) =>
    vitest(`debian13: ${name}`, project, {
      prefix,
      outside,
      options: files,
      env: { ...env, BOX_TEST_DRIVER: "qemu" },
    });
  return [
    check("debian13: root directory", ["node", join(import.meta.dirname, "root.js"), "trixie", CHECKOUT]),
    check("debian13: set-up and demo", [...prefix, "npm", "run", "demo"], env),
    test("native parts", "unit", ["test/unit/native"]),
    test(
      "end-to-end tests on qemu",
      "e2e",
      SMOKE.map((name) => `test/e2e/${name}.test.ts`),
    ),
  ];
}
