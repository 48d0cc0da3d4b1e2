// Compiles recorder.c, the `docker` and `note` of the scripts.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** The runner's own files. */
export const BUILD = join(import.meta.dirname, "..", "..", "build", "diff");

const SOURCE = join(import.meta.dirname, "recorder.c");
const HEADER = join(import.meta.dirname, "..", "..", "native", "common", "io.h");
const FLAGS = ["-std=c11", "-Os", "-static", "-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wconversion"];

function digest() {
  const hash = createHash("sha256");
  for (const path of [SOURCE, HEADER]) hash.update(readFileSync(path));
  return hash.digest("hex").slice(0, 12);
}

/** The first directory in the PATH of scripts; named after the source, as other runs may be using it. */
export const BIN = join(BUILD, `bin-${digest()}`);

export function compileRecorder() {
  if (existsSync(BIN)) return;
  mkdirSync(BUILD, { recursive: true });
  const fresh = mkdtempSync(join(BUILD, "bin-"));
  execFileSync("gcc", [...FLAGS, "-o", join(fresh, "docker"), SOURCE]);
  symlinkSync("docker", join(fresh, "note"));
  renameSync(fresh, BIN);
}
