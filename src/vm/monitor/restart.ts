import { spawn } from "node:child_process";
import type { RestartPolicy } from "../../config/syntax/restart.js";
import type { BoxState } from "../box/record.js";

/** Same backoff as Docker: the delay starts at 100 ms and doubles after each run, up to one minute. */
const FIRST_MS = 100;
const LONGEST_MS = 60_000;
/** A run of at least this length resets the delay. */
const STABLE_MS = 10_000;

/** How a run of a box ended, as far as its restart policy is concerned. */
export interface End {
  exitCode: number;
  /** Stopped or killed by a command, or because its timeout expired. */
  stopped: boolean;
  uptimeMs: number;
}

/**
 * Decides whether a restart policy restarts a box after a run.
 * @param before the number of restarts so far, and the delay before the last one
 * @returns the state to record: the number of restarts and the delay in milliseconds; undefined if the box stays
 *   stopped
 */
export function planRestart(
  { policy, maxRetries }: RestartPolicy,
  { exitCode, stopped, uptimeMs }: End,
  before: Pick<BoxState, "restartCount" | "backoffMs">,
): { restartCount: number; backoffMs: number } | undefined {
  const { restartCount = 0, backoffMs = 0 } = before;
  if (stopped || policy === "no") return undefined;
  if (policy === "on-failure" && (exitCode === 0 || (maxRetries > 0 && restartCount >= maxRetries)))
    return undefined;
  const doubled = Math.min(Math.max(backoffMs * 2, FIRST_MS), LONGEST_MS);
  return { restartCount: restartCount + 1, backoffMs: uptimeMs >= STABLE_MS ? FIRST_MS : doubled };
}

/**
 * Starts a process that restarts the box once this process has exited: the next monitor needs the lock that this one
 * holds.
 * @param program path of `box.js`
 */
export function relaunchAfterExit(program: string, id: string): void {
  // Its stdin is closed when this process exits. Its output goes to the monitor's log.
  const child = spawn(process.execPath, ["--", program, "relaunch", id], {
    detached: true,
    stdio: ["pipe", "inherit", "inherit"],
  });
  child.unref();
}
