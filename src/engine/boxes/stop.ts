import { LONGEST_TIMER_MS } from "../../host/timer.js";
import { stopBox } from "../../vm/box/stop.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

export interface StopOptions {
  /** How long to wait before the box is killed, in seconds; negative: for ever. By default as its record says, else 10. */
  timeoutSecs?: number | undefined;
  /** Gives up waiting; the box goes on ending. */
  signal?: AbortSignal | undefined;
}

/** The longest time that a timer takes stands for ever. */
function milliseconds(seconds: number): number {
  return seconds < 0 ? LONGEST_TIMER_MS : seconds * 1000;
}

/**
 * Stops a box with its own signal, and kills it if it has not ended in time. One that does not run is left alone.
 * @param again it is going to be started then
 * @throws BoxError no-such-box, ambiguous-id, monitor-unreachable
 */
export async function stop(
  context: Context,
  ref: BoxRef,
  { timeoutSecs, signal }: StopOptions = {},
  again?: true,
): Promise<void> {
  const box = await resolveBox(context, ref);
  const { stopSignal, options } = box.record;
  const how = {
    signal: stopSignal,
    timeoutMs: milliseconds(timeoutSecs ?? options.stopTimeoutSecs ?? 10),
    ...(again ? { again } : {}),
  };
  await stopBox(context.home, box, how, signal);
}
