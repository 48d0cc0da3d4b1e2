import { timerMs } from "../../host/timer.js";
import type { BoxRecord, BoxState } from "../box/record.js";
import type { Open } from "./guest.js";
import { toExitCode } from "./session.js";

type Check = NonNullable<BoxRecord["health"]>;
export type Health = NonNullable<BoxState["health"]>;
type Result = Health["log"][number];

/** As Docker keeps them. */
const KEPT_RESULTS = 5;
const KEPT_OUTPUT = 4096;
/** Docker's exit code of a check that could not be made or took too long. */
const NO_EXIT = -1;

/** What is known of a workload that has just started. */
export const UNKNOWN: Health = { status: "starting", failingStreak: 0, log: [] };

/**
 * What one more check makes of a workload's health: `retries` failures in a row make it unhealthy, one success healthy;
 * until the first success, failures in the start period do not count.
 */
export function nextHealth(before: Health, result: Result, inStartPeriod: boolean, retries: number): Health {
  const log = [...before.log, result].slice(-KEPT_RESULTS);
  if (result.exitCode === 0) return { status: "healthy", failingStreak: 0, log };
  if (before.status === "starting" && inStartPeriod) return { ...before, log };
  const failingStreak = before.failingStreak + 1;
  return { status: failingStreak >= retries ? "unhealthy" : before.status, failingStreak, log };
}

/** Runs one check in the box. Resolves in any case, after `timeoutMs` at the latest. */
function check({ argv, timeoutMs }: Check, open: Open): Promise<Result> {
  const start = new Date().toISOString();
  return new Promise((resolve) => {
    let output = Buffer.alloc(0);
    const end = (exitCode: number, text = output.toString()) => {
      clearTimeout(limit);
      resolve({ start, end: new Date().toISOString(), exitCode, output: text });
    };
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
    const limit = setTimeout(() => {
      session?.signal(9);
      end(NO_EXIT, `health check took longer than ${timeoutMs / 1000} s`);
    }, timerMs(timeoutMs));
    if (!session) end(NO_EXIT, "too many programs run in the box");
  });
}

/**
 * Looks after a workload's health from now on.
 * @param open starts a program in the box
 * @param isPaused whether the box's programs are frozen: nothing is looked at meanwhile
 * @param onChange hears of every result
 * @returns ends it
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
  const plan = () => {
    const early = health.status === "starting" && inStartPeriod();
    timer = setTimeout(
      () => void look(),
      timerMs(early ? Math.min(how.startIntervalMs, how.intervalMs) : how.intervalMs),
    );
  };
  const look = async () => {
    const early = inStartPeriod();
    const result = isPaused() ? undefined : await check(how, open);
    if (over) return;
    // A check that was frozen says nothing.
    if (result && !isPaused()) {
      health = nextHealth(health, result, early, how.retries);
      onChange(health);
    }
    plan();
  };
  plan();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
