/** The longest time that a timer of Node's takes, in milliseconds: some 24 days. More would be none at all. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A time that a timer takes: what is longer than any stands for ever. */
export function timerMs(milliseconds: number): number {
  return Math.min(milliseconds, LONGEST_TIMER_MS);
}
