// Resolves the Debian packages of an image and downloads their .deb files. Installs nothing.
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { mirror } from "../distros/base.js";
import { BUILD } from "./folders.js";

/** Dependencies that are needed only to install and configure packages with dpkg, or that an image can do without. */
const LEFT_OUT = new Set([
  ...[
    "adduser",
    "cdebconf",
    "debconf",
    "debconf-2.0",
    "dpkg",
    "init-system-helpers",
    "install-info",
    "lsb-base",
  ],
  ...["awk", "perl", "perl-base", "systemd", "sysvinit-utils", "ucf", "usrmerge", "usr-is-merged"],
  ...["iproute2", "locales", "postgresql-client-common", "postgresql-common", "ssl-cert"],
]);

/** @param {string} name */
const isLeftOut = (name) => LEFT_OUT.has(name) || name.startsWith("libllvm");

const APT = join(BUILD, "apt");

/** Keeps apt's caches here, so that no root is needed and not every call reads all lists again. */
const OPTIONS = [
  ...["-o", "APT::Sandbox::User=root", "-o", "Debug::NoLocking=1"],
  ...["-o", `Dir::Cache=${join(APT, "cache")}`],
  // Without a network apt would try for minutes, silently.
  ...["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20"],
];

/**
 * The packages of one architecture.
 * @typedef {object} Source
 * @property {string} architecture
 * @property {string[]} options of apt, for package lists other than this machine's
 * @property {Map<string, Package>} [index]
 */

/** @type {Map<string, Source>} */
const sources = new Map();

/** Debian 13, the first with riscv64. */
const LATER = { architectures: ["riscv64"], release: "trixie" };
const KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** @returns {string[]} options of apt for the packages of a release that this machine may not have */
function ofLaterRelease() {
  const list = join(APT, `${LATER.release}.list`);
  writeFileSync(list, `deb [signed-by=${KEYS}] ${mirror()} ${LATER.release} main\n`);
  return ["-o", `Dir::Etc::sourcelist=${list}`, "-o", "Dir::Etc::sourceparts=/dev/null"];
}

/**
 * The packages of another architecture have lists of their own: nothing is changed on this machine.
 * @param {string} [architecture] Debian's name; by default this machine's
 * @returns {Source}
 */
function sourceOf(architecture = "") {
  const known = sources.get(architecture);
  if (known) return known;
  const own = architecture === "";
  mkdirSync(join(APT, own ? "cache" : architecture, "archives", "partial"), { recursive: true });
  /** @type {Source} */
  const source = {
    architecture,
    options: own
      ? []
      : [
          ...["-o", `APT::Architecture=${architecture}`, "-o", `APT::Architectures=${architecture}`],
          ...["-o", "Dir::State::status=/dev/null", "-o", `Dir::Cache=${join(APT, architecture)}`],
          ...["-o", `Dir::State::lists=${listsOf(architecture)}`],
          ...(LATER.architectures.includes(architecture) ? ofLaterRelease() : []),
        ],
  };
  sources.set(architecture, source);
  return source;
}

/** @param {string} architecture */
const listsOf = (architecture) => join(APT, architecture === "" ? "lists" : `lists-${architecture}`);

/**
 * @param {Source} source
 * @param {string} program of apt's
 * @param {string[]} args
 * @param {string} [cwd]
 */
function apt({ options }, program, args, cwd) {
  const { status, stdout, stderr } = spawnSync(program, [...OPTIONS, ...options, ...args], {
    cwd,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: { ...process.env, LC_ALL: "C" },
  });
  if (status === 0) return stdout;
  const reason = stderr.split("\n").find((line) => line.startsWith("E:")) ?? "is apt installed?";
  throw new Error(`${program} ${args[0]}: ${reason}`);
}

/**
 * @param {Source} source
 * @returns {unknown} the error if not all lists could be fetched; the others may be enough
 */
function updateLists(source) {
  const folder = listsOf(source.architecture);
  mkdirSync(join(folder, "partial"), { recursive: true });
  if (source.architecture === "") source.options = ["-o", `Dir::State::lists=${folder}`];
  delete source.index;
  try {
    // Otherwise lists that could not be fetched are only a warning.
    apt(source, "apt-get", ["update", "-o", "APT::Update::Error-Mode=any"]);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** @typedef {{ name: string, depends: string, file: string, size: number }} Package */

/**
 * @param {Source} source
 * @returns {Map<string, Package>} all packages, in the version that apt would install, and under names that no package has, the packages that
 *   provide them: Debian 13 has libssl3t64 for libssl3
 */
function readIndex(source) {
  /** @type {Map<string, Package>} */
  const index = new Map();
  /** @type {[string, Package][]} */
  const provided = [];
  for (const paragraph of apt(source, "apt-cache", ["dumpavail"]).split("\n\n")) {
    const field = (/** @type {string} */ name) =>
      new RegExp(`^${name}: (.*)$`, "m").exec(paragraph)?.[1] ?? "";
    const version = field("Version").replace(":", "%3a");
    const found = {
      name: field("Package"),
      depends: `${field("Pre-Depends")},${field("Depends")}`,
      file: `${field("Package")}_${version}_${field("Architecture")}.deb`,
      size: Number(field("Size")),
    };
    index.set(found.name, found);
    for (const name of namesIn(field("Provides"))) provided.push([name, found]);
  }
  for (const [name, by] of provided) if (!index.has(name)) index.set(name, by);
  return index;
}

/**
 * @param {string} list such as `libc6 (>= 2.34), debconf`
 * @param {string} [separator]
 */
const namesIn = (list, separator = ",") =>
  list
    .split(separator)
    .map((name) => (name.trim().split(/[\s(]/)[0] ?? "").replace(/:any$/, ""))
    .filter((name) => name !== "");

/**
 * Returns the first alternative of each dependency; none if one of the alternatives is left out.
 * @param {string} field such as `libc6 (>= 2.34), debconf | debconf-2.0`
 * @param {(name: string) => boolean} isSpared
 */
function dependencies(field, isSpared) {
  return field.split(",").flatMap((clause) => {
    const names = namesIn(clause, "|");
    return names.some(isSpared) ? [] : names.slice(0, 1);
  });
}

/**
 * @param {Source} source
 * @param {string} name
 */
function lookUp(source, name) {
  source.index ??= readIndex(source);
  const found = source.index.get(name);
  if (found === undefined) throw new Error(`no such Debian package: ${name}`);
  return found;
}

/**
 * @param {Source} source
 * @param {string[]} wanted
 * @param {(name: string) => boolean} isSpared
 * @returns {Set<string>} the packages and all of their dependencies
 */
function closure(source, wanted, isSpared) {
  const all = new Set(wanted.map((name) => lookUp(source, name).name));
  // A set may grow during iteration.
  for (const name of all)
    for (const needed of dependencies(lookUp(source, name).depends, isSpared))
      all.add(lookUp(source, needed).name);
  return all;
}

/**
 * @param {Source} source
 * @param {string[]} names
 * @returns {string[]} paths of their .deb files
 */
function download(source, names) {
  const folder = join(BUILD, "debs");
  mkdirSync(folder, { recursive: true });
  const isThere = (/** @type {string} */ name) => {
    const { file, size } = lookUp(source, name);
    return existsSync(join(folder, file)) && statSync(join(folder, file)).size === size;
  };
  const missing = names.filter((name) => !isThere(name));
  if (missing.length > 0) {
    const fresh = mkdtempSync(join(BUILD, "download-"));
    try {
      apt(source, "apt-get", ["download", ...missing], fresh);
      for (const file of readdirSync(fresh)) renameSync(join(fresh, file), join(folder, file));
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return names.map((name) => join(folder, lookUp(source, name).file));
}

/**
 * Downloads packages and their dependencies, which apt verifies against the signed lists.
 * @param {string[]} wanted names of packages
 * @param {Set<string>} [present] packages that are already there
 * @param {(name: string) => boolean} [isSpared] whether a dependency can be done without
 * @param {string} [architecture] Debian's name of another architecture
 * @returns {{ names: Set<string>, debs: string[] }} all resolved names, and the .deb files of packages that are not present
 */
export function fetchPackages(wanted, present = new Set(), isSpared = isLeftOut, architecture) {
  const source = sourceOf(architecture);
  const attempt = () => {
    const names = [...closure(source, wanted, isSpared)].filter((name) => !present.has(name)).sort();
    return { names: new Set(names), debs: download(source, names) };
  };
  try {
    return attempt();
  } catch {
    // No lists, or lists so old that the archive has newer versions.
    const failure = updateLists(source);
    try {
      return attempt();
    } catch (error) {
      throw failure ?? error;
    }
  }
}

/**
 * @param {string} deb
 * @returns {Buffer} its files as a tar archive
 */
export function filesOf(deb) {
  return execFileSync("dpkg-deb", ["--fsys-tarfile", deb], { maxBuffer: 2 ** 30 });
}
