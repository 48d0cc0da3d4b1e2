import { readFileSync, readlinkSync } from "node:fs";
import { lstat, readFile } from "node:fs/promises";

/** Returns the fields of /proc/PID/stat from the third one on. */
export function statFields(stat: string): string[] {
  // The program's name, field 2, may contain anything, including parentheses and spaces.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Returns field 22, the start time, which distinguishes processes that reuse a PID. */
const startTime = (stat: string): string | undefined => statFields(stat)[19];

/**
 * Whether nothing is left of a process but its exit status. Its parent may read that much later: in a container, its first
 * process is the parent of all that have lost theirs.
 */
export function isZombie(stat: string): boolean {
  const fields = statFields(stat);
  const [state = "", threads] = [fields[0], fields[17]];
  return (state === "Z" || state === "X") && Number(threads) <= 1;
}

function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}

let self: string | undefined;

/** Returns a unique identifier of this process: `PID-START-NAMESPACE`. */
export function thisProcess(): string {
  self ??= `${process.pid}-${startTime(readFileSync("/proc/self/stat", "latin1")) ?? "0"}-${pidNamespace()}`;
  return self;
}

/** Whether the process that an identifier names, in this PID namespace, is still running. */
async function isRunning(pid: string, start: string | undefined): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return startTime(stat) === start && !isZombie(stat);
}

/**
 * Returns the PID of a process; undefined if it has exited or is in another PID namespace.
 * @param owner as returned by `thisProcess`
 */
export async function runningPid(owner: string): Promise<number | undefined> {
  const [pid = "", start, namespace] = owner.split("-");
  const isHere = start !== undefined && namespace === pidNamespace();
  return isHere && (await isRunning(pid, start)) ? Number(pid) : undefined;
}

/**
 * Whether the process that created a file in the store has exited.
 * @param owner as returned by `thisProcess`
 * @param path the file
 * @param foreignMs a process in another PID namespace (a container with the same store) cannot be checked: it counts as
 *   exited once the file is this old
 */
export async function hasEnded(owner: string, path: string, foreignMs: number): Promise<boolean> {
  const [pid = "", start, namespace] = owner.split("-");
  if (namespace === pidNamespace()) return !(await isRunning(pid, start));
  const made = await lstat(path).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs >= foreignMs;
}
