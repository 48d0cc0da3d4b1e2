/** The longest time that a timer of Node's takes, in milliseconds: some 24 days. More would be none at all. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
