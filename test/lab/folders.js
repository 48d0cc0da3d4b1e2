import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");
/** Everything that the lab creates is in here. */
export const LAB = join(ROOT, "build", "lab");

const CONSOLES_KEPT = 10;

/**
 * Returns the start time of a process in clock ticks since boot (proc(5), field 22 of stat); undefined if it does not exist.
 * Together with the pid, this identifies a process uniquely.
 *
 * @param {string | number} pid
 */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** Creates the directory of this run, and removes those of runs that were killed. */
export function makeRunFolder() {
  mkdirSync(LAB, { recursive: true });
  const entries = readdirSync(LAB);
  for (const entry of entries) {
    const [, pid, started] = /^run-(\d+)-(\d+)$/.exec(entry) ?? [];
    if (pid !== undefined && startTime(pid) !== started)
      rmSync(join(LAB, entry), { recursive: true, force: true });
  }
  const folder = join(LAB, `run-${process.pid}-${startTime(process.pid)}`);
  mkdirSync(folder);
  return folder;
}

/** Path for the kernel console of this run. Removes old ones. */
export function consolePath() {
  const numberOf = (/** @type {string} */ name) => Number(/^console-(\d+)-/.exec(name)?.[1]);
  const old = readdirSync(LAB).filter((name) => numberOf(name) > 0);
  old.sort((a, b) => numberOf(b) - numberOf(a));
  for (const name of old.slice(CONSOLES_KEPT - 1)) rmSync(join(LAB, name), { force: true });
  return join(LAB, `console-${Date.now()}-${process.pid}.log`);
}
