// Compiles recorder.c, the `docker` and `note` of the scripts, and client.c.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";

/** The runner's own files. */
export const BUILD = join(import.meta.dirname, "..", "..", "build", "diff");

const NATIVE = join(import.meta.dirname, "..", "..", "native");
const RECORDER = join(import.meta.dirname, "recorder.c");
const CLIENT = [join(import.meta.dirname, "client.c"), join(NATIVE, "client", "environment.c")];
const HEADERS = [join(NATIVE, "client", "environment.h"), join(NATIVE, "common", "io.h")];
const FLAGS = [
  "-std=c11",
  "-D_GNU_SOURCE",
  "-Os",
  "-static",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-Wshadow",
  "-Wconversion",
];

function digest() {
  const hash = createHash("sha256");
  for (const path of [RECORDER, ...CLIENT, ...HEADERS]) hash.update(readFileSync(path));
  return hash.digest("hex").slice(0, 12);
}

/** The first directory in the PATH of scripts; named after the sources, as other runs may be using it. */
export const BIN = join(BUILD, `bin-${digest()}`);

/** Takes the place of box where commands run in one process. */
export const COMMAND_CLIENT = join(BIN, "command-client");

export function compilePrograms() {
  if (existsSync(BIN)) return;
  mkdirSync(BUILD, { recursive: true });
  const fresh = mkdtempSync(join(BUILD, "bin-"));
  execFileSync("gcc", [...FLAGS, "-o", join(fresh, "docker"), RECORDER]);
  execFileSync("gcc", [...FLAGS, "-o", join(fresh, basename(COMMAND_CLIENT)), ...CLIENT]);
  symlinkSync("docker", join(fresh, "note"));
  renameSync(fresh, BIN);
}
