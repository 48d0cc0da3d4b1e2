import { timerMs } from "../../host/timer.js";
import type { BoxRecord, BoxState } from "../box/record.js";
import type { Open } from "./guest.js";
import { toExitCode } from "./session.js";

type Check = NonNullable<BoxRecord["health"]>;
export type Health = NonNullable<BoxState["health"]>;
type Result = Health["log"][number];

/** Same limits as Docker. */
const KEPT_RESULTS = 5;
const KEPT_OUTPUT = 4096;
/** Docker's exit code for a check that could not be run or timed out. */
const NO_EXIT = -1;

/** Health of a workload that has just started. */
export const UNKNOWN: Health = { status: "starting", failingStreak: 0, log: [] };

/**
 * Returns a workload's health after another check: `retries` consecutive failures make it unhealthy, one success makes
 * it healthy; until the first success, failures in the start period do not count.
 */
export function nextHealth(before: Health, result: Result, inStartPeriod: boolean, retries: number): Health {
  const log = [...before.log, result].slice(-KEPT_RESULTS);
  if (result.exitCode === 0) return { status: "healthy", failingStreak: 0, log };
  if (before.status === "starting" && inStartPeriod) return { ...before, log };
  const failingStreak = before.failingStreak + 1;
  return { status: failingStreak >= retries ? "unhealthy" : before.status, failingStreak, log };
}

/** Runs one check in the box. Always resolves, after `timeoutMs` at the latest. */
export function check({ argv, timeoutMs }: Check, open: Open): Promise<Result> {
  const start = new Date().toISOString();
  return new Promise((resolve) => {
    let output = Buffer.alloc(0);
    const end = (exitCode: number, text = output.toString()) => {
      clearTimeout(limit);
      resolve({ start, end: new Date().toISOString(), exitCode, output: text });
    };
    const limit = setTimeout(() => {
      session?.signal(9);
      end(NO_EXIT, `Health check exceeded timeout (${timeoutMs / 1000}s)`);
    }, timerMs(timeoutMs));
    const session = open(
      { role: "health", program: { argv, env: [], stdin: false, privileged: false } },
      {
        onOutput: (_, data, acknowledge) => {
          const kept = data.subarray(0, KEPT_OUTPUT - output.length);
          if (kept.length > 0) output = Buffer.concat([output, kept]);
          acknowledge(data.length);
        },
        onExit: (exit) => end(toExitCode(exit)),
        onFailure: ({ message }) => end(NO_EXIT, message),
      },
    );
  });
}

/**
 * Checks a workload's health periodically.
 * @param open starts a program in the box
 * @param isPaused whether the box is paused; no checks run meanwhile
 * @param onChange called after every check
 * @returns a function that stops the checks
 */
export function watchHealth(
  how: Check,
  open: Open,
  isPaused: () => boolean,
  onChange: (health: Health) => void,
): () => void {
  const startedAt = Date.now();
  const inStartPeriod = () => Date.now() - startedAt < how.startPeriodMs;
  let health = UNKNOWN;
  let timer: NodeJS.Timeout;
  let over = false;
  const schedule = () => {
    const early = health.status === "starting" && inStartPeriod();
    timer = setTimeout(
      () => void runCheck(),
      timerMs(early ? Math.min(how.startIntervalMs, how.intervalMs) : how.intervalMs),
    );
  };
  const runCheck = async () => {
    const early = inStartPeriod();
    const result = isPaused() ? undefined : await check(how, open);
    if (over) return;
    // Ignore a check during which the box was paused.
    if (result && !isPaused()) {
      health = nextHealth(health, result, early, how.retries);
      onChange(health);
    }
    schedule();
  };
  schedule();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
