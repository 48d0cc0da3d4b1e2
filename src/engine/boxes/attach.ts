import { connectTo } from "../../vm/box/connect.js";
import type { BoxRef, Context } from "../context.js";
import { refusePaused } from "./paused.js";
import { resolveBox } from "./resolve.js";
import { openSession, type Session } from "./session.js";

export interface AttachOptions {
  /** Carries stdin to it, if the box was made with that. */
  stdin?: boolean;
  /** Leaves the session, as `detach` does; the program goes on. */
  signal?: AbortSignal | undefined;
}

/**
 * Joins the workload of a running box.
 * @throws BoxError no-such-box, ambiguous-id, paused, not-running
 */
export async function attach(
  context: Context,
  ref: BoxRef,
  { stdin = false, signal }: AttachOptions = {},
): Promise<Session> {
  const box = await resolveBox(context, ref);
  refusePaused(box);
  const socket = await connectTo(context.home, box);
  return openSession(socket, { op: "attach", stdin: stdin && box.record.options.stdin }, signal);
}
