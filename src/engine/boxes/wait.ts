import { findBox } from "../../vm/box/find.js";
import { awaitEnd, awaitEndOf } from "../../vm/box/stop.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

export interface WaitOptions {
  /** Stops waiting. */
  signal?: AbortSignal | undefined;
}

/**
 * Waits until a box has exited and has been cleaned up.
 * @returns its exit code; 0 if it has never run
 * @throws BoxError no-such-box, ambiguous-id
 */
export async function wait(context: Context, ref: BoxRef, { signal }: WaitOptions = {}): Promise<number> {
  const { home } = context;
  if (typeof ref === "string") {
    const ended = await awaitEndOf(home, ref, signal);
    if (ended !== undefined) return ended;
  }
  const box = await resolveBox(context, ref);
  const code = await awaitEnd(home, box, signal);
  if (code !== undefined) return code;
  // If the box's monitor was killed too, this look-up records the box's end.
  const { state } = await findBox(home, box.record.id).catch((error: unknown) => {
    // The box has been removed, and its exit code with it.
    if (box.state.exitCode === undefined && box.state.status !== "created") throw error;
    return box;
  });
  return state.exitCode ?? 0;
}
