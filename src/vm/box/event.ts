import { recordEvent } from "../../events/record.js";
import { readRecordFileSync } from "../../host/read.js";
import { boxFiles } from "./files.js";
import type { BoxRecord } from "./record.js";
import type { Home } from "../../host/home.js";

/** What of a box's record its events say. */
export type Described = Pick<BoxRecord, "id" | "name" | "config" | "options">;

/**
 * Records an event of a box for `box events`, as Docker describes one: image, name and labels.
 * @param action Docker's name of it: `start`, `die` …
 * @param more attributes of this event
 */
export function recordBoxEvent(
  home: Home,
  { id, name, config, options }: Described,
  action: string,
  more: Record<string, string> = {},
): void {
  recordEvent(home, "container", action, id, { ...options.labels, image: config.image, name, ...more });
}

/** As `recordBoxEvent`, for who has kept a box's record for long: the box may have been renamed. */
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
    // It is being removed, or damaged.
  }
  recordBoxEvent(home, { ...kept, name }, action, more);
}
