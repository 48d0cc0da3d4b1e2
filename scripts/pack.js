// Completes dist/ for `npm pack`, which runs this before packing, and with --done afterwards: writes types and digests of
// the runtime files, and checks that the native parts run on the oldest supported system. --check skips the types.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const FILES = join(ROOT, "runtime-files");
const DIGESTS = join(FILES, "sha256.json");
/** The files that VMs need. libkrunfw is not among them: the kernel has been extracted from it. */
const RUNTIME_FILES = ["libkrun.so.1", "kernel.elf", "boot.erofs"];
/** The version in Debian 12. */
const NEWEST_GLIBC = [2, 36];

/** @param {string} path */
const isProgram = (path) => readFileSync(path).subarray(0, 4).toString("latin1") === "\x7fELF";

/** All machine code that runs on the host. */
function programs() {
  const folders = ["dist", "dist/native", "dist/lib"].map((name) => join(ROOT, name));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(folder, entry.name)] : [],
    ),
  );
  return [...files.filter(isProgram), join(FILES, "libkrun.so.1")];
}

/** Returns the newest version of the C library that a program requires. @param {string} path */
function glibcOf(path) {
  const symbols = execFileSync("objdump", ["-T", path], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const versions = [...symbols.matchAll(/\bGLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [
    Number(major),
    Number(minor),
  ]);
  return versions.sort(compare).at(-1) ?? [0, 0];
}

/** @param {number[]} a @param {number[]} b */
const compare = ([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d;

function checkPortable() {
  for (const path of programs()) {
    const version = glibcOf(path);
    if (compare(version, NEWEST_GLIBC) > 0)
      throw new Error(
        `${path} needs glibc ${version.join(".")}, and Debian 12 has ${NEWEST_GLIBC.join(".")}: build the package there`,
      );
  }
}

function checkBuilt() {
  const parts = [
    "dist/box",
    `dist/code/program.js.${process.version}.cache`,
    "dist/native/box-vmm",
    "dist/lib/libisal.so.2",
  ];
  for (const part of [...parts, ...RUNTIME_FILES.map((name) => `runtime-files/${name}`)])
    if (!existsSync(join(ROOT, part))) throw new Error(`${part} does not exist: run \`npm run setup\` first`);
}

/** Written atomically, because boxes of this checkout may be starting. */
function writeDigests() {
  const digests = RUNTIME_FILES.map((name) => [
    name,
    createHash("sha256")
      .update(readFileSync(join(FILES, name)))
      .digest("hex"),
  ]);
  const temporary = `${DIGESTS}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(Object.fromEntries(digests), undefined, 2)}\n`);
  renameSync(temporary, DIGESTS);
}

// Not used in a checkout, where every build of the agent changes these files.
if (process.argv[2] === "--done") {
  rmSync(DIGESTS, { force: true });
} else {
  try {
    checkBuilt();
    checkPortable();
    if (process.argv[2] !== "--check") await import("./declarations.js");
    writeDigests();
  } catch (error) {
    console.error(`pack: ${/** @type {Error} */ (error).message}`);
    process.exit(1);
  }
}
