import { spawn } from "node:child_process";
import { onAbort } from "./abort.js";

interface Run {
  env?: NodeJS.ProcessEnv;
  signal: AbortSignal | undefined;
}

/** Runs a program and waits for it to exit, even when aborted. @throws Error with its stderr; the signal's reason */
export async function runProgram(
  program: string,
  words: readonly string[],
  { env, signal }: Run,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"], ...(env ? { env } : {}) });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const off = onAbort(signal, () => child.kill("SIGKILL"));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(off);
  if (code === 0) return;
  signal?.throwIfAborted();
  throw new Error(`${program} failed: ${stderr.trim() || String(code)}`);
}
