/** The program that makes and answers connections in a box: network-guest.c, shared with it as a volume. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./box.js";
import { BUSYBOX } from "./images.js";

/** The result of each probe, and whatever else the shell around the program printed. */
export type Found = ReadonlyMap<string, string>;

/** Compiles the program. Returns its path. */
export function buildGuest(): string {
  const folder = join(ROOT, "build", "e2e");
  const program = join(folder, "network-guest");
  mkdirSync(folder, { recursive: true });
  const source = join(import.meta.dirname, "network-guest.c");
  execFileSync("musl-gcc", ["-static", "-Os", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
  return program;
}

/** Flags, image and command of a box that runs the program after some shell commands that inspect the box. */
export function networkGuest(program: string, words: string[], look = "true"): string[] {
  return ["-v", `${program}:/guest:ro`, BUSYBOX, "sh", "-c", `${look}; exec /guest "$@"`, "guest", ...words];
}

/** Parses the output into results by probe. */
export function readFound(output: string): Found {
  return new Map(
    output.split("\n").map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(0, space), line.slice(space + 1)];
    }),
  );
}
