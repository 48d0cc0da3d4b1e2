import { setTimeout } from "node:timers/promises";

/** Delay between two attempts, in milliseconds: the first one, and the longest. */
const FIRST_MS = 25;
const LONGEST_MS = 1000;

/** Repeats `attempt` until it returns true. @throws errors of `attempt`, and an AbortError if the signal is aborted */
export async function repeat(attempt: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  for (let wait = FIRST_MS; !(await attempt()); wait = Math.min(2 * wait, LONGEST_MS)) {
    await setTimeout(wait, undefined, { signal });
  }
}
