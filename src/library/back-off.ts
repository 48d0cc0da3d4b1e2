import { setTimeout } from "node:timers/promises";

/** Between two tries, in milliseconds: the first wait, and the longest. */
const FIRST_MS = 25;
const LONGEST_MS = 1000;

/** Tries until it succeeds. @throws what `attempt` throws, and the reason of the signal */
export async function repeat(attempt: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  for (let wait = FIRST_MS; !(await attempt()); wait = Math.min(2 * wait, LONGEST_MS)) {
    await setTimeout(wait, undefined, { signal });
  }
}
