import { readdir, readFile } from "node:fs/promises";

/** Processes whose command line contains a text, by PID. */
export async function processesNaming(text: string): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const line = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    if (line.includes(text)) found.set(Number(entry), line.replaceAll("\0", " "));
  }
  return found;
}

/** Resolves when no command line contains a text: a box's processes may outlive its sockets for a moment. */
export async function awaitNoneNaming(text: string): Promise<void> {
  while ((await processesNaming(text)).size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Kills a process. @returns false if it has already exited, possibly together with another that was killed */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** Resolves when a process is gone, including threads that are still in the middle of a write to disk. */
export async function awaitGone(pid: number): Promise<void> {
  for (;;) {
    const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
    const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
    if (state === undefined || (/ Z /.test(state) && threads.length <= 1)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Proportional set size of a process, in KiB. */
export async function pssKib(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]);
}
