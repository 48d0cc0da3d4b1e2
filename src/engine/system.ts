import type { Event } from "../events/record.js";
import type { Context } from "./context.js";
import type { EventsOptions } from "./system/events.js";

export type { Event };

/** The verbs of all that a home holds together. Each loads its own code when it is first called. */
export interface System {
  /** What has happened to boxes, images and volumes, and what happens from here on. */
  events: (options?: EventsOptions) => AsyncIterable<Event>;
}

export function openSystem(context: Context): System {
  return {
    async *events(options) {
      yield* (await import("./system/events.js")).events(context, options);
    },
  };
}
