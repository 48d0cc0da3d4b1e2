import { timerMs } from "../../host/timer.js";

/** A box's timeout. */
export interface TimeLimit {
  /** Called when the workload has started: the timeout runs from now on. */
  begin: () => void;
  /** Extends the timeout. @returns false if the box has no timeout, or it has expired */
  extend: (milliseconds: number) => boolean;
}

/**
 * Creates a box's timeout.
 * @param seconds 0: no timeout
 * @param onOver called once, with the timeout in seconds including extensions
 */
export function limitTime(seconds: number, onOver: (seconds: number) => void): TimeLimit {
  let wholeMs = seconds * 1000;
  let begun = performance.now();
  let over = false;
  let timer: NodeJS.Timeout | undefined;

  function wait(): void {
    clearTimeout(timer);
    timer = setTimeout(check, timerMs(begun + wholeMs - performance.now()));
  }

  /** A timer may fire slightly early, and its maximum is a few weeks, so check the time. */
  function check(): void {
    if (performance.now() < begun + wholeMs) return wait();
    over = true;
    onOver(wholeMs / 1000);
  }

  return {
    begin: () => {
      begun = performance.now();
      if (seconds > 0) wait();
    },
    extend: (milliseconds) => {
      if (seconds === 0 || over) return false;
      wholeMs += milliseconds;
      if (timer) wait();
      return true;
    },
  };
}
