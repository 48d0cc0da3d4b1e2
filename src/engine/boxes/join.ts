import type { BoxRecord } from "../../vm/box/record.js";
import type { Attach } from "../../vm/protocol/control/client.js";
import type { Conversation } from "../context.js";
import { openSession, type Session } from "./session.js";

export interface AttachOptions {
  /** Forwards stdin, if the box was created with stdin open. */
  stdin?: boolean;
  /** Leaves the session, like `detach`; the program keeps running. */
  signal?: AbortSignal | undefined;
}

/** How a command attaches to the workload of a box. */
export const attachOf = (
  { options }: Pick<BoxRecord, "options">,
  { stdin = false }: Pick<AttachOptions, "stdin">,
): Attach => ({ stdin: stdin && options.stdin });

/** Attaches to the workload of a box. @param conversation a control stream for this session only */
export function joinWorkload(
  conversation: Conversation,
  record: Pick<BoxRecord, "options">,
  options: AttachOptions = {},
): Session {
  return openSession(conversation, { op: "attach", ...attachOf(record, options) }, options.signal);
}
