// QEMU's static user-mode emulators from Debian's package, in build/emulators. Installs nothing: the package would register
// all of them on this machine, and takes 370 MB.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { EMULATORS } from "./folders.js";
import { fetchPackages } from "./packages.js";

/** Debian 13's qemu-user-static only depends on qemu-user. */
const PACKAGES = ["qemu-user-static", "qemu-user"];
/** Those of the images in images.js. */
const NAMES = ["aarch64", "arm", "i386", "mips64el", "ppc64le", "riscv64", "s390x"];

/** @param {string} name */
const isThere = (name) =>
  [`qemu-${name}-static`, `qemu-${name}`].some((file) => existsSync(join(EMULATORS, file)));

/** Unpacks the emulators, unless this has been done before. */
export async function unpackEmulators() {
  if (NAMES.every(isThere)) return;
  const { debs } = fetchPackages(PACKAGES.slice(0, 1), new Set(), (name) => !PACKAGES.includes(name));
  await mkdir(join(EMULATORS, ".."), { recursive: true });
  const fresh = await mkdtemp(`${EMULATORS}.`);
  try {
    const patterns = NAMES.flatMap((name) => [`*/bin/qemu-${name}-static`, `*/bin/qemu-${name}`]);
    const words = patterns.map((pattern) => `'${pattern}'`).join(" ");
    for (const deb of debs) {
      const unpack = `dpkg-deb --fsys-tarfile "$1" | { tar -C "$2" -x --wildcards --strip-components=3 ${words} || [ $? = 2 ]; }`;
      execFileSync("sh", ["-c", unpack, "sh", deb, fresh], { stdio: ["ignore", "ignore", "ignore"] });
    }
    await rm(EMULATORS, { recursive: true, force: true });
    await rename(fresh, EMULATORS);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
