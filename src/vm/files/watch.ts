import type { Connect } from "../offline-session.js";
import { createEventDecoder, toFileEvent, type FileEvent } from "./events.js";
import { plainPath } from "./path.js";
import { converse } from "./verbs.js";

export interface WatchOptions {
  /** Also watches all directories below, except those on other mounts. */
  recursive?: boolean | undefined;
  /** Called once the watch is active: from then on, no event is missed. */
  onReady?: (() => void) | undefined;
  /** Ends the iteration with its reason. */
  signal?: AbortSignal | undefined;
}

/** Yields the changes to a file or directory until it is removed. */
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
