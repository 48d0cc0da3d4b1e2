import { spawn } from "node:child_process";
import type { RestartPolicy } from "../../config/syntax/restart.js";
import type { BoxState } from "../box/record.js";

/** Docker's: the first wait, twice as long after each life, at most a minute. */
const FIRST_MS = 100;
const LONGEST_MS = 60_000;
/** A life of this length was a good one: the next wait is the first one again. */
const GOOD_LIFE_MS = 10_000;

/** How a life of a box ended, as far as its restart policy cares. */
export interface End {
  exitCode: number;
  /** It was stopped or killed by a command, or by its --timeout. */
  stopped: boolean;
  lifeMs: number;
}

/**
 * What a restart policy makes of the end of a life.
 * @param before how many restarts there were, and how long the wait before the last one was
 * @returns what to record: the restart's number and the wait before it, in milliseconds; undefined when the box is to
 *   stay down
 */
export function planRestart(
  { policy, maxRetries }: RestartPolicy,
  { exitCode, stopped, lifeMs }: End,
  before: Pick<BoxState, "restartCount" | "backoffMs">,
): { restartCount: number; backoffMs: number } | undefined {
  const { restartCount = 0, backoffMs = 0 } = before;
  if (stopped || policy === "no") return undefined;
  if (policy === "on-failure" && (exitCode === 0 || (maxRetries > 0 && restartCount >= maxRetries)))
    return undefined;
  const doubled = Math.min(Math.max(backoffMs * 2, FIRST_MS), LONGEST_MS);
  return { restartCount: restartCount + 1, backoffMs: lifeMs >= GOOD_LIFE_MS ? FIRST_MS : doubled };
}

/**
 * Has a box started again as soon as this process has ended: the next monitor needs the lock that this one holds.
 * @param program `box.js`
 */
export function relaunchAfterExit(program: string, id: string): void {
  // Its stdin ends with this process. Its messages go where the monitor's own do.
  const child = spawn(process.execPath, ["--", program, "relaunch", id], {
    detached: true,
    stdio: ["pipe", "inherit", "inherit"],
  });
  child.unref();
}
