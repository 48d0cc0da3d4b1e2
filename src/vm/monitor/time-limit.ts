import { timerMs } from "../../host/timer.js";

/** How long a box may run. */
export interface TimeLimit {
  /** The box's program runs: time counts from now on. */
  begin: () => void;
  /** Gives it more time. @returns false when there is no limit, or it has been reached */
  extend: (milliseconds: number) => boolean;
}

/**
 * @param seconds 0: for ever
 * @param onOver called once, with all the seconds that there were
 */
export function limitTime(seconds: number, onOver: (seconds: number) => void): TimeLimit {
  let wholeMs = seconds * 1000;
  let begun = performance.now();
  let over = false;
  let timer: NodeJS.Timeout | undefined;

  function wait(): void {
    clearTimeout(timer);
    timer = setTimeout(look, timerMs(begun + wholeMs - performance.now()));
  }

  /** A timer may fire a moment early, and none is longer than some days. */
  function look(): void {
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
