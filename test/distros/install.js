// The packages on bare systems: Debian 12 and 13 in directories, each once with the npm package and once with the
// Debian package; and the demo from a clone on Debian 12. (debian13.js covers a clone on Debian 13.)
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check, ROOT } from "../../scripts/steps.js";

const RELEASES = { "Debian 12": "bookworm", "Debian 13": "trixie" };
/** Path of the checkout inside; the packages and an image are beside it. */
const CHECKOUT = "/srv/box";
const { version } = /** @type {{ version: string }} */ (
  JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))
);
const PACKAGES = { npm: `box-${version}.tgz`, deb: `box_${version}_amd64.deb` };
const IMAGE = join(ROOT, "build", "images", "busybox");

/** @param {string} release @param {string} cwd */
function entering(release, cwd) {
  const kept = join(ROOT, "build", "distros", release);
  const namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--"];
  return {
    prefix: [...namespaces, join(import.meta.dirname, "enter"), join(kept, "root"), cwd],
    env: { BOX_DEBS: join(kept, "archives"), BOX_NPM_CACHE: join(kept, "npm") },
  };
}

/** @param {string} release @param {"node" | "bare"} kind @param {string[]} files to be copied to /srv */
const rootOf = (release, kind, ...files) => [
  "node",
  join(import.meta.dirname, "root.js"),
  release,
  CHECKOUT,
  kind,
  ...files,
];

export function install() {
  const make = [
    check("install: image", ["node", join(ROOT, "test", "images", "build.js"), "busybox"]),
    check("install: npm package", ["npm", "pack"]),
    check("install: Debian package", ["npm", "run", "deb"]),
  ];
  const onReleases = Object.entries(RELEASES).flatMap(([name, release]) => {
    const { prefix, env } = entering(release, "/srv");
    return /** @type {const} */ (["npm", "deb"]).flatMap((how) => {
      const file = PACKAGES[how];
      const kind = how === "npm" ? "node" : "bare";
      return [
        check(`install: ${name} for ${file}`, rootOf(release, kind, join(ROOT, file), IMAGE)),
        check(
          `install: ${name}, ${file}`,
          [...prefix, "./box/test/distros/newcomer", how, `./${file}`, "oci:/srv/busybox"],
          env,
        ),
      ];
    });
  });
  const { prefix, env } = entering("bookworm", CHECKOUT);
  const clone = [
    check("install: Debian 12 for a clone", rootOf("bookworm", "node")),
    check("install: Debian 12, a clone's set-up and demo", [...prefix, "npm", "run", "demo"], env),
  ];
  return [...make, ...onReleases, ...clone];
}
