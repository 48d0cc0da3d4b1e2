/** The program that looks out of a box and answers those who come in: network-guest.c, shared with it as a volume. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./box.js";
import { BUSYBOX } from "./images.js";

/** What it found: the answer to each probe, and what else the shell around it printed. */
export type Found = ReadonlyMap<string, string>;

/** Builds it. */
export function buildGuest(): string {
  const folder = join(ROOT, "build", "e2e");
  const program = join(folder, "network-guest");
  mkdirSync(folder, { recursive: true });
  const source = join(import.meta.dirname, "network-guest.c");
  execFileSync("musl-gcc", ["-static", "-Os", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
  return program;
}

/** Flags, image and command of a box that runs it, after a look at the box with shell commands. */
export function networkGuest(program: string, words: string[], look = "true"): string[] {
  return ["-v", `${program}:/guest:ro`, BUSYBOX, "sh", "-c", `${look}; exec /guest "$@"`, "guest", ...words];
}

/** Answers by probe. */
export function readFound(output: string): Found {
  return new Map(
    output.split("\n").map((line) => {
      const space = line.indexOf(" ");
      return [line.slice(0, space), line.slice(space + 1)];
    }),
  );
}
