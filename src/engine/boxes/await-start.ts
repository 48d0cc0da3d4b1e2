import type { Context, Conversation } from "../context.js";
import { untilStarted } from "./session.js";

/**
 * Waits until the program of a box runs, and ends the conversation.
 * @param signal gives up waiting; the box goes on starting
 * @throws BoxError when it could not start
 */
export async function awaitStart(
  { warn }: Context,
  conversation: Conversation,
  signal?: AbortSignal,
): Promise<void> {
  const end = await untilStarted(conversation, "workload", signal);
  if (end?.reason !== undefined) warn(end.reason);
}
