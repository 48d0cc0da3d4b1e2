import type { Context, Conversation } from "../context.js";
import { untilStarted } from "./session.js";

/**
 * Waits until the program of a box is running, and closes the control stream.
 * @param signal stops waiting; the box continues to start
 * @throws BoxError if it could not be started
 */
export async function awaitStart(
  { warn }: Context,
  conversation: Conversation,
  signal?: AbortSignal,
): Promise<void> {
  const end = await untilStarted(conversation, "workload", signal);
  if (end?.reason !== undefined) warn(end.reason);
}
