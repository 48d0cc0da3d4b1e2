/** Maximum delay of Node's timers, in milliseconds: some 24 days. A longer one would expire immediately. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Limits a delay to the maximum, which is practically forever. */
export function timerMs(milliseconds: number): number {
  return Math.min(milliseconds, LONGEST_TIMER_MS);
}
