// Creates the root directory of another Debian release, with a fresh copy of the checkout in it. Needs root.
//
//   root.js RELEASE CHECKOUT [node|bare] [FILE…]    with this Node, or without; FILEs are copied beside the checkout
import { cpSync, existsSync, mkdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ask, configureApt, mirror, must } from "./base.js";

const CHECKOUT = join(import.meta.dirname, "..", "..");
const KEPT = join(CHECKOUT, "build", "distros");

/**
 * Creates the release's smallest system on the first use, and keeps it.
 * @param {string} release such as `trixie`
 */
function makeBase(release) {
  const base = join(KEPT, release, "base");
  if (existsSync(base)) return base;
  const fresh = `${base}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  must("debootstrap", "--variant=minbase", release, fresh, mirror());
  renameSync(fresh, base);
  return base;
}

/** Installs this Node and its npm, with the host's settings. @param {string} root */
function installNode(root) {
  const npm = join(dirname(realpathSync(ask("sh", "-c", "command -v npm"))), "..");
  const local = join(root, "usr", "local");
  mkdirSync(join(local, "lib", "node_modules"), { recursive: true });
  cpSync(process.execPath, join(local, "bin", "node"));
  cpSync(npm, join(local, "lib", "node_modules", "npm"), { recursive: true });
  for (const name of ["npm", "npx"])
    must("ln", "-s", `../lib/node_modules/npm/bin/${name}-cli.js`, join(local, "bin", name));
  const settings = ask("npm", "config", "get", "globalconfig");
  mkdirSync(join(local, "etc"), { recursive: true });
  if (existsSync(settings)) cpSync(settings, join(local, "etc", "npmrc"));
}

/** Adds the additional certificate authorities that this host trusts. @param {string} root */
function addAuthorities(root) {
  const authorities = join("usr", "local", "share", "ca-certificates");
  if (existsSync(join("/", authorities)))
    cpSync(join("/", authorities), join(root, authorities), { recursive: true });
}

/** Copies tracked and new files: no node_modules, no build output. @param {string} folder */
function copyCheckout(folder) {
  const names = ask(
    "git",
    "-C",
    CHECKOUT,
    "ls-files",
    "-z",
    "--cached",
    "--others",
    "--exclude-standard",
  ).split("\0");
  for (const name of new Set(names)) {
    const source = join(CHECKOUT, name);
    if (name !== "" && existsSync(source)) cpSync(source, join(folder, name), { verbatimSymlinks: true });
  }
}

const [release = "", folder = "", kind = "node", ...files] = process.argv.slice(2);
if (process.getuid?.() !== 0) throw new Error("only root can create another system's root directory");
const base = makeBase(release);
const root = join(KEPT, release, "root");
rmSync(root, { recursive: true, force: true });
must("cp", "-a", "--reflink=auto", base, root);
for (const name of ["archives/partial", "npm"]) mkdirSync(join(KEPT, release, name), { recursive: true });
mkdirSync(join(root, "root", ".npm"), { recursive: true });
configureApt(root);
addAuthorities(root);
if (kind === "node") installNode(root);
copyCheckout(join(root, folder));
for (const file of files)
  cpSync(file, join(root, dirname(folder), basename(file)), { recursive: true, dereference: true });
