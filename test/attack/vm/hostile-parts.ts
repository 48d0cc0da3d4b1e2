import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../e2e/box.js";

const AGENT = join(ROOT, "native", "agent");

/** Compiles a program in this directory. */
export function compile(compiler: string, name: string, program: string, ...words: string[]): void {
  const source = join(import.meta.dirname, `${name}.c`);
  const flags = ["-std=c11", "-D_GNU_SOURCE", "-Os", "-Wall", "-Wextra", "-Werror"];
  execFileSync(compiler, [...flags, "-o", program, source, ...words]);
}

/** Builds the program that talks to the monitor instead of the agent. */
export function buildHostileInit(folder: string): void {
  const parts = ["port_find", "die", "error_frame", "failure", "frames"];
  const headers = ["-idirafter", "/usr/include", "-idirafter", "/usr/include/x86_64-linux-gnu"];
  const sources = parts.map((name) => join(AGENT, `${name}.c`));
  compile(
    "musl-gcc",
    "hostile-init",
    join(folder, "hostile-init"),
    "-static",
    ...headers,
    "-I",
    AGENT,
    ...sources,
  );
}

/**
 * Creates a directory of runtime files with a different boot disk, whose /init attacks as `attack` says.
 * @param folder of `buildHostileInit`
 */
export function hostileParts(folder: string, attack: string): string {
  const tree = join(folder, "tree");
  const engine = join(folder, `engine-${attack}`);
  for (const name of ["dev", "sys"]) mkdirSync(join(tree, name), { recursive: true });
  mkdirSync(engine);
  execFileSync("install", ["-m", "755", join(folder, "hostile-init"), join(tree, "init")]);
  writeFileSync(join(tree, "attack"), attack);
  execFileSync("mkfs.erofs", ["--quiet", "--all-root", join(engine, "boot.erofs"), tree]);
  return engine;
}
