import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";

/** Suspends a child until it is sent SIGCONT. Resolves once it has stopped, whatever it was doing. */
export async function suspend(child: ChildProcess): Promise<void> {
  child.kill("SIGSTOP");
  while (!/^State:\tT/m.test(await readFile(`/proc/${child.pid}/status`, "utf8"))) await setImmediate();
}
