import { recordBoxEvent } from "../../vm/box/event.js";
import { writeState } from "../../vm/box/state.js";
import type { BoxRef, Context } from "../context.js";
import { awaitStart } from "./await-start.js";
import { resolveBox } from "./resolve.js";
import { launchAgain } from "./start.js";
import { stop, type StopOptions } from "./stop.js";

/**
 * Stops a box as `stop` does, and starts it again.
 * @throws BoxError as `stop` and `start`
 */
export async function restart(context: Context, ref: BoxRef, options: StopOptions = {}): Promise<void> {
  const box = await resolveBox(context, ref);
  const { id } = box.record;
  const { signal } = options;
  await stop(context, box, options, true);
  const stopped = await resolveBox(context, id);
  const launched = await launchAgain(context, stopped, signal).catch(async (error: unknown) => {
    await giveUp(context, id);
    throw error;
  });
  try {
    await awaitStart(context, launched, signal);
  } catch (error) {
    // If only the wait was aborted, the box continues to start.
    if (signal?.aborted !== true) await giveUp(context, id);
    throw error;
  }
  recordBoxEvent(context.home, stopped.record, "restart");
}

/** Ends the wait of commands that expect the box to start again, such as `box logs -f`. */
async function giveUp(context: Context, id: string): Promise<void> {
  const { folder, state } = await resolveBox(context, id);
  if (state.startsAgain) await writeState(folder, { ...state, startsAgain: false });
}
