import { closeSync, fstatSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { keepShares } from "./shares.js";
import type { Home } from "../host/home.js";

/** An event of a box, an image, a volume or a network, in Docker's terms. */
export interface Event {
  /** ISO 8601, UTC. */
  time: string;
  type: "container" | "image" | "volume" | "network";
  /** Such as `start`, or `exec_create: sh -c id`. */
  action: string;
  /** ID of a box; ID or reference of an image; name of a volume; ID of a network. Empty if the event concerns more than one. */
  id: string;
  attributes: Record<string, string>;
}

/**
 * Returns the event files, with one event per line: the current one; the previous one, rotated when it grew too large; and
 * events kept from earlier ones (docs/on-disk.md).
 */
export function eventFiles(home: Home): { current: string; previous: string; kept: string } {
  const folder = home.folder;
  return {
    current: join(folder, "events.jsonl"),
    previous: join(folder, "events.1.jsonl"),
    kept: join(folder, "events.2.jsonl"),
  };
}

/** Maximum size of a file: a few thousand events. */
const MOST_BYTES = 2 ** 20;
/** Maximum length of an action or attribute, since command lines and labels may be very long. */
const MOST_CHARACTERS = 4096;
/** Maximum length of all attributes of an event together, since an image may have any number of labels. */
const MOST_ATTRIBUTES = 16_384;

const shorten = (text: string) =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;

/** Drops attributes that exceed the limit: labels come first, the event's own attributes last, so labels are dropped. */
function limit(attributes: Record<string, string>): Record<string, string> {
  let room = MOST_ATTRIBUTES;
  const all = Object.entries(attributes).reverse();
  const kept = all.flatMap(([name, text]): [string, string][] => {
    const short = shorten(text);
    if (name.length + short.length > room) return [];
    room -= name.length + short.length;
    return [[name, short]];
  });
  return Object.fromEntries(kept.reverse());
}

/** Describes an event of now. */
export function makeEvent(
  type: Event["type"],
  action: string,
  id: string,
  attributes: Record<string, string>,
): Event {
  return {
    time: new Date().toISOString(),
    type,
    action: shorten(action),
    id,
    attributes: limit(attributes),
  };
}

/**
 * Records an event for `box events`. Appends a line with a single write, so that many processes can do so at once. Never
 * fails: if the disk is full or read-only, the event is lost and the command continues.
 */
export function recordEvent(
  home: Home,
  type: Event["type"],
  action: string,
  id: string,
  attributes: Record<string, string> = {},
): void {
  const event = makeEvent(type, action, id, attributes);
  try {
    append(home, `${JSON.stringify(event)}\n`);
  } catch {
    // See above.
  }
}

/** Records a prune as Docker does: without an ID, with the reclaimed bytes. */
export function recordPrune(home: Home, type: Event["type"], bytes: number): void {
  recordEvent(home, type, "prune", "", { reclaimed: String(bytes) });
}

function append(home: Home, line: string): void {
  const { current, previous, kept } = eventFiles(home);
  const file = openSync(current, "a", 0o600);
  try {
    writeSync(file, line);
    const { size, ino } = fstatSync(file);
    if (size <= MOST_BYTES) return;
    // Another process may have rotated it already; then the new one stays.
    const isCurrent = () => statSync(current).ino === ino;
    if (!isCurrent()) return;
    keepShares([kept, previous], kept, MOST_BYTES);
    if (isCurrent()) renameSync(current, previous);
  } finally {
    closeSync(file);
  }
}
