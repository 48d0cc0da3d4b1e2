import { readEvents } from "../../events/read.js";
import type { Event } from "../../events/record.js";
import { iterate } from "../../host/iterate.js";
import type { Context } from "../context.js";

export interface EventsOptions {
  /** The first moment of interest, in milliseconds since 1970; by default now. */
  since?: number | undefined;
  /** The last one; by default there is none. */
  until?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What has happened to boxes, images and volumes, and what happens from here on. */
export function events(
  { home }: Context,
  { since = Date.now(), until = Infinity, signal }: EventsOptions = {},
): AsyncIterable<Event> {
  // However slow whoever takes them is, they are read at once: their file may be put aside.
  return iterate<Event>(
    (emit, gone) => readEvents(home, { since, until, signal: gone }, (event) => void emit(event)),
    signal,
  );
}
