import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROGRAMS } from "../judges.js";
import { recipe } from "../recipe.js";
import { LabFailure } from "./failure.js";
import { LAB } from "./folders.js";

const META_PACKAGE = "linux-image-cloud-amd64";
const BUSYBOX = join(PROGRAMS, "busybox");
const APPLETS = [
  "cat",
  "cp",
  "insmod",
  "ip",
  "kill",
  "mkdir",
  "mkfifo",
  "mknod",
  "mount",
  "sh",
  "sleep",
  "switch_root",
];
/** Loaded in this order, after their dependencies. */
const MODULES = [
  ...["virtio_pci", "virtio_console", "virtiofs", "virtio_blk", "overlay"],
  // For the tests.
  ...["kvm-amd", "tun", "dummy", "loop", "erofs", "virtio_rng"],
];
const SCRIPTS = ["init", "session"];

/** @typedef {{ kernel: string, initramfs: string }} Kernel paths of the two files that the machine boots */

/**
 * Returns the cached kernel and initramfs, and builds them if they are missing, damaged, or made by another version of
 * these files.
 *
 * @returns {Kernel}
 * @throws {LabFailure} when a program is missing, or apt cannot provide the package
 */
export function provideKernel() {
  mkdirSync(LAB, { recursive: true });
  const suffix = `-${recipe([...SCRIPTS, "kernel.js"].map((file) => join(import.meta.dirname, file))).slice(0, 12)}`;
  const folders = readdirSync(LAB).filter((name) => name.startsWith("kernel-"));
  const cached = folders.find((name) => name.endsWith(suffix) && isIntact(join(LAB, name)));
  const folder = cached ?? build(suffix);
  return { kernel: join(LAB, folder, "vmlinuz"), initramfs: join(LAB, folder, "initramfs") };
}

/** @param {string} folder */
function isIntact(folder) {
  try {
    return readFileSync(join(folder, "sha256"), "utf8") === digests(folder);
  } catch {
    return false;
  }
}

/** @param {string} folder */
function digests(folder) {
  const digest = (/** @type {string} */ name) =>
    createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
  return `${digest("vmlinuz")}\n${digest("initramfs")}\n`;
}

/**
 * @param {string} suffix
 * @returns {string} the directory's name in build/lab
 */
function build(suffix) {
  if (!existsSync(BUSYBOX)) throw new LabFailure(`there is no ${BUSYBOX}`, "`scripts/judges` fetches it");
  const { name, version, release } = findPackage();
  process.stderr.write(`lab: preparing ${name} ${version}\n`);
  const work = mkdtempSync(join(LAB, ".kernel-"));
  try {
    run("apt-get", ["-q", "-o", "APT::Sandbox::User=root", "download", `${name}=${version}`], work);
    const [archive = ""] = readdirSync(work).filter((file) => file.endsWith(".deb"));
    run("dpkg-deb", ["-x", archive, "package"], work);
    copyFileSync(join(work, "package", "boot", `vmlinuz-${release}`), join(work, "vmlinuz"));
    writeInitramfs(work, release);
    rmSync(join(work, "package"), { recursive: true });
    rmSync(join(work, archive));
    writeFileSync(join(work, "sha256"), digests(work));
    const folder = `kernel-${version.replaceAll(/[^\w.-]/g, "_")}${suffix}`;
    publish(work, folder);
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Moves the finished directory into place and removes older ones. Another lab may do the same at the same time; one
 * that boots from an older directory already has its files open.
 *
 * @param {string} work
 * @param {string} folder
 */
function publish(work, folder) {
  for (const old of readdirSync(LAB).filter((name) => name.startsWith("kernel-")))
    if (!isIntact(join(LAB, old)) || old !== folder) rmSync(join(LAB, old), { recursive: true, force: true });
  try {
    renameSync(work, join(LAB, folder));
  } catch (error) {
    if (!isIntact(join(LAB, folder))) throw error;
  }
}

/** The package that the meta package currently stands for, according to apt. */
function findPackage() {
  const record = run("apt-cache", ["show", "--no-all-versions", META_PACKAGE], LAB);
  const [, name, version] = /^Depends:.*?(linux-image-\S+) \(= ([^)]+)\)/m.exec(record) ?? [];
  if (name === undefined || version === undefined)
    throw new LabFailure(`apt does not know ${META_PACKAGE}`, "as root: apt-get update");
  return { name, version, release: name.replace("linux-image-", "") };
}

/**
 * @param {string} work directory with the unpacked `package`; receives the file `initramfs`
 * @param {string} release the kernel's, as in `uname -r`
 */
function writeInitramfs(work, release) {
  const root = join(work, "initramfs.d");
  for (const folder of ["bin", "dev", "modules", "proc", "sys", "lower", "data", "root"])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(BUSYBOX, join(root, "bin", "busybox"));
  for (const applet of APPLETS) symlinkSync("busybox", join(root, "bin", applet));
  for (const script of SCRIPTS) {
    copyFileSync(join(import.meta.dirname, script), join(root, script));
    chmodSync(join(root, script), 0o755);
  }
  for (const [index, path] of modulePaths(join(work, "package"), release).entries())
    copyFileSync(path, join(root, "modules", `${String(index).padStart(2, "0")}.ko`));
  run("sh", ["-c", "cd initramfs.d && find . | cpio --quiet -o -H newc -R 0:0 > ../initramfs"], work);
  rmSync(root, { recursive: true });
}

/**
 * @param {string} base
 * @param {string} release
 */
function modulePaths(base, release) {
  run("depmod", ["-b", base, release], base);
  const paths = MODULES.flatMap((name) =>
    run("modprobe", ["-d", base, "-S", release, "--show-depends", name], base)
      .split("\n")
      .filter((line) => line.startsWith("insmod "))
      .map((line) => line.split(" ")[1] ?? ""),
  );
  return [...new Set(paths)];
}

const PACKAGE_OF = new Map([
  ["apt-get", "apt"],
  ["apt-cache", "apt"],
  ["dpkg-deb", "dpkg"],
]);

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @returns {string} standard output
 */
function run(command, args, cwd) {
  // An unprivileged user's PATH often lacks the system directories.
  const env = { ...process.env, LC_ALL: "C", PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` };
  try {
    return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { code, stderr } = /** @type {{ code?: string, stderr?: string }} */ (error);
    if (code === "ENOENT")
      throw new LabFailure(
        `${command} is not installed`,
        PACKAGE_OF.has(command)
          ? `as root: apt-get install ${PACKAGE_OF.get(command)}`
          : "`scripts/judges` fetches it",
      );
    const last = stderr?.trim().split("\n").at(-1);
    throw new LabFailure(`${command} ${args.at(-1)} failed: ${last || String(error)}`);
  }
}
