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

export interface Process {
  parent: number;
  line: string;
}

/** All processes of this host, by PID. */
export async function allProcesses(): Promise<Map<number, Process>> {
  const found = new Map<number, Process>();
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const texts = await Promise.all(
    pids.map((pid) =>
      Promise.all(
        ["cmdline", "stat"].map((file) => readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "")),
      ),
    ),
  );
  for (const [index, [line = "", stat = ""]] of texts.entries()) {
    const parent = Number(/^.*\) \S (\d+)/s.exec(stat)?.[1]);
    // Those that have ended have no command line.
    if (line !== "") found.set(Number(pids[index]), { parent, line: line.replaceAll("\0", " ").trimEnd() });
  }
  return found;
}

/** Processes whose command line contains one of these texts, and their descendants, by PID. */
export function treesNaming(
  all: ReadonlyMap<number, Process>,
  texts: readonly string[],
): Map<number, Process> {
  const belongs = (pid: number): boolean => {
    const found = all.get(pid);
    if (!found || pid === process.pid) return false;
    return texts.some((text) => found.line.includes(text)) || belongs(found.parent);
  };
  return new Map([...all].filter(([pid]) => belongs(pid)));
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
