import { makeEvent, recordEvent, type Event } from "../../events/record.js";
import { readRecordFileSync } from "../../host/read.js";
import { boxFiles } from "./files.js";
import { labelsOf } from "./labels.js";
import type { BoxRecord } from "./record.js";
import type { Home } from "../../host/home.js";

/** The fields of a box's record that its events contain. */
export type Described = Pick<BoxRecord, "id" | "name" | "config" | "image" | "options">;

/** The attributes of a box's events, as in Docker: image, name and labels. */
function attributesOf(record: Described): Record<string, string> {
  return { ...labelsOf(record), image: record.config.image, name: record.name };
}

/**
 * Records an event of a box for `box events`, with Docker's attributes.
 * @param action Docker's name for it: `start`, `die` …
 * @param more further attributes of this event
 */
export function recordBoxEvent(
  home: Home,
  record: Described,
  action: string,
  more: Record<string, string> = {},
): void {
  recordEvent(home, "container", action, record.id, { ...attributesOf(record), ...more });
}

/** The event that is recorded when a box is created. */
export function creationOf(record: Described): Event {
  return makeEvent("container", "create", record.id, attributesOf(record));
}

/** As `recordBoxEvent`, for a record read some time ago: rereads the name, since the box may have been renamed. */
export function recordEventOf(
  home: Home,
  folder: string,
  kept: Described,
  action: string,
  more?: Record<string, string>,
): void {
  let name = kept.name;
  try {
    ({ name } = JSON.parse(readRecordFileSync(boxFiles(folder).record).toString()) as Described);
  } catch {
    // The record is being removed, or is damaged.
  }
  recordBoxEvent(home, { ...kept, name }, action, more);
}
