import { recordEvent } from "../../events/record.js";
import { readRecordFileSync } from "../../host/read.js";
import { boxFiles } from "./files.js";
import { labelsOf } from "./labels.js";
import type { BoxRecord } from "./record.js";
import type { Home } from "../../host/home.js";

/** The fields of a box's record that its events contain. */
export type Described = Pick<BoxRecord, "id" | "name" | "config" | "image" | "options">;

/**
 * Records an event of a box for `box events`, with Docker's attributes: image, name and labels.
 * @param action Docker's name for it: `start`, `die` …
 * @param more further attributes of this event
 */
export function recordBoxEvent(
  home: Home,
  record: Described,
  action: string,
  more: Record<string, string> = {},
): void {
  const { id, name, config } = record;
  recordEvent(home, "container", action, id, { ...labelsOf(record), image: config.image, name, ...more });
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
