import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileUnsynced } from "../../host/files.js";

/** How a VM started. */
export interface StartNote {
  /** When, in the format of `Date.toISOString`. */
  at: string;
  box: string;
  /** The reason why it booted; undefined if it continued a template. */
  booted?: string;
}

const place = (templates: string) => join(templates, "last-start.json");

/** Notes how the last VM started, for `box info`. It is lost in a power failure. */
export async function noteStart(templates: string, note: StartNote): Promise<void> {
  await writeFileUnsynced(place(templates), JSON.stringify(note));
}

/** Returns how the last VM started; undefined if none has. */
export async function readLastStart(templates: string): Promise<StartNote | undefined> {
  try {
    const { at, box, booted } = JSON.parse(await readFile(place(templates), "utf8")) as Partial<StartNote>;
    if (typeof at !== "string" || typeof box !== "string") return undefined;
    return { at, box, ...(typeof booted === "string" ? { booted } : {}) };
  } catch {
    return undefined;
  }
}
