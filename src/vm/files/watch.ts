import type { Connect } from "../offline-session.js";
import { createEventDecoder, toFileEvent, type FileEvent } from "./events.js";
import { plainPath } from "./path.js";
import { converse } from "./verbs.js";

export interface WatchOptions {
  /** Watches all folders below as well, but for what is mounted there. */
  recursive?: boolean | undefined;
  /** Called when it has begun: from here on nothing is missed. */
  onReady?: (() => void) | undefined;
  /** Ends the iteration with its reason. */
  signal?: AbortSignal | undefined;
}

/** What happens to what is at a path, until it has gone. */
export async function* watch(
  connect: Connect,
  path: string,
  { recursive = false, onReady, signal }: WatchOptions = {},
): AsyncGenerator<FileEvent> {
  const plain = plainPath(path);
  const decode = createEventDecoder();
  for await (const chunk of converse(connect, { kind: "watch", path: plain, recursive }, signal)) {
    for (const sent of decode(chunk)) {
      const event = toFileEvent(sent, plain);
      if (event) yield event;
      else onReady?.();
    }
  }
}
