import { readEvents } from "../../events/read.js";
import type { Event } from "../../events/record.js";
import { iterate } from "../../host/iterate.js";
import type { Context } from "../context.js";

export interface EventsOptions {
  /** Time of the first event, in milliseconds since the epoch (default: now). */
  since?: number | undefined;
  /** Time of the last event (default: unlimited). */
  until?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Iterates over past and future events of boxes, images and volumes. */
export function events(
  { home }: Context,
  { since = Date.now(), until = Infinity, signal }: EventsOptions = {},
): AsyncIterable<Event> {
  // Events are read immediately, even if the consumer is slow, because their file may be rotated.
  return iterate<Event>(
    (emit, ended) => readEvents(home, { since, until, signal: ended }, (event) => void emit(event)),
    signal,
  );
}
