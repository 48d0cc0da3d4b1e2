import type { BoxRecord } from "../../vm/box/record.js";
import type { Conversation } from "../context.js";
import { openSession, type Session } from "./session.js";

export interface AttachOptions {
  /** Forwards stdin, if the box was created with stdin open. */
  stdin?: boolean;
  /** Leaves the session, like `detach`; the program keeps running. */
  signal?: AbortSignal | undefined;
}

/** Attaches to the workload of a box. @param conversation a control stream for this session only */
export function joinWorkload(
  conversation: Conversation,
  { options }: Pick<BoxRecord, "options">,
  { stdin = false, signal }: AttachOptions = {},
): Session {
  return openSession(conversation, { op: "attach", stdin: stdin && options.stdin }, signal);
}
