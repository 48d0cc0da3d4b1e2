import type { BoxRecord } from "../../vm/box/record.js";
import type { Conversation } from "../context.js";
import { openSession, type Session } from "./session.js";

export interface AttachOptions {
  /** Carries stdin to it, if the box was made with that. */
  stdin?: boolean;
  /** Leaves the session, as `detach` does; the program goes on. */
  signal?: AbortSignal | undefined;
}

/** Joins the workload of a box. @param conversation with its monitor, for this alone */
export function joinWorkload(
  conversation: Conversation,
  { options }: Pick<BoxRecord, "options">,
  { stdin = false, signal }: AttachOptions = {},
): Session {
  return openSession(conversation, { op: "attach", stdin: stdin && options.stdin }, signal);
}
