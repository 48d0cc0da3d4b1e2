import { readdir, readFile } from "node:fs/promises";

/** Processes whose command line names this text, by pid. */
export async function processesNaming(text: string): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const line = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    if (line.includes(text)) found.set(Number(entry), line.replaceAll("\0", " "));
  }
  return found;
}

/** Resolves when no process names this text: those of a box end in their own time after its sockets have gone. */
export async function awaitNoneNaming(text: string): Promise<void> {
  while ((await processesNaming(text)).size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Kills a process. @returns false when it has ended already: with another that was killed, perhaps */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** Resolves when a process is gone; not while a thread that it has left is in the middle of a write to the disk. */
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
