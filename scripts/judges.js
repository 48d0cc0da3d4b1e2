// Unpacks programs that only tests use, and that the system lacks, into build/judges: from .deb files that apt fetches
// and verifies against the signed lists. Installs nothing. `scripts/judges` runs this if programs may be missing.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  readFileSync,
  realpathSync,
} from "node:fs";
import { renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { basename, isAbsolute, join, relative } from "node:path";
import { fetchPackages } from "../test/images/packages.js";
import { JUDGES } from "../test/judges.js";

/** The purposes, packages and programs. @type {{ purpose: string, packages: Record<string, string[]> }[]} */
const GROUPS = [
  {
    purpose: "to read and write images beside box",
    packages: {
      "docker-registry": ["docker-registry"],
      skopeo: ["skopeo"],
      umoci: ["umoci"],
      zstd: ["zstd"],
      "xz-utils": ["xz"],
    },
  },
  { purpose: "a terminal", packages: { tmux: ["tmux"] } },
  {
    purpose: "the lab's machine",
    packages: { "busybox-static": ["busybox"], cpio: ["cpio"], kmod: ["kmod", "depmod", "modprobe"] },
  },
  { purpose: "how C is formatted", packages: { "clang-format": ["clang-format"] } },
  { purpose: "other Debian releases", packages: { debootstrap: ["debootstrap"], wget: ["wget"] } },
];

/** Returns the path of a program that is installed on the system. @param {string} name */
const installed = (name) =>
  ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

/** Returns the packages that the system lacks, by purpose. */
const MISSING = GROUPS.map(({ purpose, packages }) => ({
  purpose,
  packages: Object.fromEntries(Object.entries(packages).filter(([, programs]) => !programs.every(installed))),
})).filter(({ packages }) => Object.keys(packages).length > 0);
const PACKAGES = MISSING.flatMap(({ packages }) => Object.keys(packages));
const UNPACKED = MISSING.flatMap(({ packages }) => Object.values(packages)).flat();
const INSTALLED = GROUPS.flatMap(({ packages }) => Object.values(packages))
  .flat()
  .filter((name) => !UNPACKED.includes(name));

const LOADER = "/lib64/ld-linux-x86-64.so.2";
const LIBRARIES = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"];

/**
 * Dependencies that are not unpacked: the dynamic loader needs its own C library, and the rest is for maintainer scripts.
 */
const SPARED = new Set([
  ...[
    "libc6",
    "libgcc-s1",
    "adduser",
    "debconf",
    "debconf-2.0",
    "dpkg",
    "init-system-helpers",
    "install-info",
  ],
  ...[
    "perl",
    "perl-base",
    "python3",
    "python3-minimal",
    "readline-common",
    "lsb-base",
    "sysvinit-utils",
    "netbase",
  ],
  ...["gnupg", "gpgv", "dmsetup", "containernetworking-plugins", "golang-github-containers-common"],
]);

/** A word for the shell. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** @param {string} root @param {string} name */
function find(root, name) {
  const folders = ["usr/bin", "bin", "usr/sbin", "sbin"];
  const path = folders
    .map((folder) => join(root, folder, name))
    .find((file) => lstatSync(file, { throwIfNoEntry: false }));
  if (path === undefined) throw new Error(`no package in build/judges has the program ${name}`);
  return path;
}

/** Returns the libraries of a program that cannot be found. @param {string} program @param {string} libraries */
function missingLibraries(program, libraries) {
  const { stdout } = spawnSync("ldd", [program], {
    encoding: "utf8",
    env: { ...process.env, LD_LIBRARY_PATH: libraries, LC_ALL: "C" },
  });
  return [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name);
}

/**
 * @param {string} root the unpacked packages, in their final location
 * @param {string} name
 * @param {string} bin the directory to put the program in
 */
function provide(root, name, bin) {
  const found = find(root, name);
  // In Debian 12, the symbolic links of kmod are absolute.
  const link = lstatSync(found).isSymbolicLink() ? readlinkSync(found) : "";
  const program = isAbsolute(link) ? find(root, basename(link)) : realpathSync(found);
  const libraries = LIBRARIES.map((folder) => join(root, folder)).join(":");
  const place = join(bin, name);
  if (name === "debootstrap") {
    const share = join(root, "usr", "share", "debootstrap");
    writeFileSync(place, `#!/bin/sh\nDEBOOTSTRAP_DIR=${quoted(share)} exec ${quoted(program)} "$@"\n`);
  } else if (missingLibraries(program, "").length === 0) {
    symlinkSync(relative(bin, program), place);
    return;
  } else {
    const missing = missingLibraries(program, libraries);
    if (missing.length > 0) throw new Error(`${name} lacks ${missing.join(", ")}`);
    // Not LD_LIBRARY_PATH, which the program's children would inherit.
    writeFileSync(
      place,
      `#!/bin/sh\nexec ${LOADER} --argv0 "$0" --library-path ${quoted(libraries)} ${quoted(program)} "$@"\n`,
    );
  }
  chmodSync(place, 0o755);
}

/** Returns whether all programs are present and find their libraries. @param {string[]} debs names of .deb files */
function isComplete(debs) {
  const record = join(JUDGES, "complete");
  if (!existsSync(record)) return false;
  return readFileSync(record, "utf8") === listOf(debs);
}

/** @param {string[]} debs */
const listOf = (debs) =>
  [...debs.map((deb) => basename(deb)), ...INSTALLED.map((name) => `the system's ${name}`), ""].join("\n");

if (PACKAGES.length > 0)
  console.log("setup: unpacking programs that only tests use into build/judges, without installing them:");
for (const { purpose, packages } of MISSING) console.log(`  ${purpose}: ${Object.keys(packages).join(" ")}`);
try {
  const { debs } =
    PACKAGES.length > 0 ? fetchPackages(PACKAGES, new Set(), (name) => SPARED.has(name)) : { debs: [] };
  if (!isComplete(debs)) {
    rmSync(JUDGES, { recursive: true, force: true });
    const root = join(JUDGES, "root");
    const bin = join(JUDGES, "bin");
    for (const folder of [root, bin]) mkdirSync(folder, { recursive: true });
    for (const deb of debs)
      execFileSync("dpkg-deb", ["-x", deb, root], { stdio: ["ignore", "ignore", "pipe"] });
    for (const name of UNPACKED) provide(root, name, bin);
    for (const name of INSTALLED) symlinkSync(installed(name) ?? "", join(bin, name));
    const record = join(JUDGES, "complete.new");
    writeFileSync(record, listOf(debs));
    renameSync(record, join(JUDGES, "complete"));
  }
  const now = new Date();
  utimesSync(join(JUDGES, "complete"), now, now);
} catch (error) {
  console.error(
    `setup: cannot fetch the programs for the tests: ${error instanceof Error ? error.message : String(error)}`,
  );
  console.error("hint: check the network; as root: apt-get update");
  process.exit(1);
}
