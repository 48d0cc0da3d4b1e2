import { findBox } from "../../vm/box/find.js";
import { awaitEnd, awaitEndOf } from "../../vm/box/stop.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

export interface WaitOptions {
  /** Gives up waiting. */
  signal?: AbortSignal | undefined;
}

/**
 * Waits until a box has ended and everything of it has been cleared away.
 * @returns its exit code; 0 when it has never run
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
  // One that was killed with its monitor is put on record by whoever looks next.
  const { state } = await findBox(home, box.record.id).catch((error: unknown) => {
    // It has gone with its exit code.
    if (box.state.exitCode === undefined && box.state.status !== "created") throw error;
    return box;
  });
  return state.exitCode ?? 0;
}
