import { LONGEST_TIMER_MS } from "../../host/timer.js";
import { stopBox } from "../../vm/box/stop.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

export interface StopOptions {
  /** Seconds to wait before killing the box; negative: wait forever (default: from the box's record, or 10). */
  timeoutSecs?: number | undefined;
  /** Number of the signal to stop it with (default: the box's stop signal). */
  stopSignal?: number | undefined;
  /** Stops waiting; the box continues to stop. */
  signal?: AbortSignal | undefined;
}

/** "Forever" is the longest time that a timer supports. */
function milliseconds(seconds: number): number {
  return seconds < 0 ? LONGEST_TIMER_MS : seconds * 1000;
}

/**
 * Stops a box with its stop signal, and kills it after the timeout. Does nothing if the box is not running.
 * @param again the box will be started again afterwards
 * @throws BoxError no-such-box, ambiguous-id, monitor-unreachable
 */
export async function stop(
  context: Context,
  ref: BoxRef,
  { timeoutSecs, stopSignal, signal }: StopOptions = {},
  again?: true,
): Promise<void> {
  const box = await resolveBox(context, ref);
  const { options } = box.record;
  const how = {
    signal: stopSignal ?? box.record.stopSignal,
    timeoutMs: milliseconds(timeoutSecs ?? options.stopTimeoutSecs ?? 10),
    ...(again ? { again } : {}),
  };
  await stopBox(context.home, box, how, signal);
}
