import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Builds the program that swaps two files endlessly. Statically linked, so that it also runs in guests. */
export function buildExchange(): string {
  const folder = join(import.meta.dirname, "..", "..", "build", "attack");
  const program = join(folder, `exchange-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const source = join(import.meta.dirname, "exchange.c");
  execFileSync("musl-gcc", ["-static", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, source]);
  return program;
}

/** Runs a function while another process keeps swapping two paths. */
export async function whileExchanging<T>(
  program: string,
  [one, other]: [string, string],
  run: () => Promise<T>,
): Promise<T> {
  const attacker = spawn(program, [one, other], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(attacker, "close");
  try {
    const begun = await Promise.race([once(attacker.stdout, "data"), ended.then(() => undefined)]);
    if (!begun) throw new Error("nothing can be exchanged");
    return await run();
  } finally {
    attacker.kill("SIGKILL");
    await ended;
  }
}
