import { readFileSync, readlinkSync } from "node:fs";
import { lstat, readFile } from "node:fs/promises";

/** Field 22 of /proc/PID/stat, the start time: with it a pid that is used again is another process. */
function startTime(stat: string): string | undefined {
  // The program's name, field 2, may contain anything, parentheses and spaces too.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}

let self: string | undefined;

/** This process, told from every other that there was or will be: `PID-START-NAMESPACE`. */
export function thisProcess(): string {
  self ??= `${process.pid}-${startTime(readFileSync("/proc/self/stat", "latin1")) ?? "0"}-${pidNamespace()}`;
  return self;
}

/**
 * Whether the process that left something in the store is gone.
 * @param owner as `thisProcess` wrote it
 * @param path what it left
 * @param foreignMs a process of another pid namespace (a container on the same store) cannot be asked: it counts as
 *   gone when what it left is so old
 */
export async function hasEnded(owner: string, path: string, foreignMs: number): Promise<boolean> {
  const [pid = "", start, namespace] = owner.split("-");
  if (namespace === pidNamespace()) {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
    return startTime(stat) !== start;
  }
  const made = await lstat(path).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs >= foreignMs;
}
