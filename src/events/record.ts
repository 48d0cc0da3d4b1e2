import { closeSync, fstatSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { keepShares } from "./shares.js";
import type { Home } from "../host/home.js";

/** Something that has happened to a box, an image or a volume, in Docker's terms. */
export interface Event {
  /** ISO 8601, UTC. */
  time: string;
  type: "container" | "image" | "volume";
  /** Such as `start`, or `exec_create: sh -c id`. */
  action: string;
  /** Of a box or an image its id, or its reference; of a volume its name. Empty: of no single one. */
  id: string;
  attributes: Record<string, string>;
}

/**
 * One event per line; the same of before, when the file had grown too large; and what is kept of earlier ones
 * (docs/on-disk.md).
 */
export function eventFiles(home: Home): { current: string; previous: string; kept: string } {
  const folder = home.folder;
  return {
    current: join(folder, "events.jsonl"),
    previous: join(folder, "events.1.jsonl"),
    kept: join(folder, "events.2.jsonl"),
  };
}

/** Some thousands of events. */
const MOST_BYTES = 2 ** 20;
/** Of an action or attribute: what a command line or a label may say is longer than anybody wants to read. */
const MOST_LETTERS = 4096;
/** Of all attributes of an event together: an image may have any number of labels. */
const MOST_ATTRIBUTES = 16_384;

const shorten = (text: string) => (text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text);

/** The last ones are the event's own, the ones before them labels: where there is no room, those are left out. */
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

/**
 * Records an event for `box events`. One line, appended by one write, so that many processes can do it at once. It
 * never fails: where the disk is full or read-only, the event is lost and the command goes on.
 */
export function recordEvent(
  home: Home,
  type: Event["type"],
  action: string,
  id: string,
  attributes: Record<string, string> = {},
): void {
  const event: Event = {
    time: new Date().toISOString(),
    type,
    action: shorten(action),
    id,
    attributes: limit(attributes),
  };
  try {
    append(home, `${JSON.stringify(event)}\n`);
  } catch {
    // See above.
  }
}

/** Records that what nobody needs was removed, as Docker does: of no id, with the bytes that it took. */
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
    // Another process may have put it aside already: then the new one stays.
    const isCurrent = () => statSync(current).ino === ino;
    if (!isCurrent()) return;
    keepShares([kept, previous], kept, MOST_BYTES);
    if (isCurrent()) renameSync(current, previous);
  } finally {
    closeSync(file);
  }
}
