import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import * as z from "zod/mini";
import { onAbort } from "../host/abort.js";
import { makeFolder } from "../host/files.js";
import { LONGEST_TIMER_MS } from "../host/timer.js";
import { watchFolder } from "../host/watch.js";
import { undefinedIfMissing, readIfExists } from "../host/read.js";
import { eventFiles, type Event } from "./record.js";
import type { Home } from "../host/home.js";

const Line = z.object({
  time: z.string(),
  type: z.enum(["container", "image", "volume", "network"]),
  action: z.string(),
  id: z.string(),
  attributes: z.record(z.string(), z.string()),
});

/**
 * Parses the event of a line. A full disk may have truncated an event, and another one may follow it on the same line.
 * Returns undefined for invalid lines.
 */
export function parseEvent(line: string): Event | undefined {
  const start = line.lastIndexOf('{"time":');
  if (start < 0) return undefined;
  try {
    return Line.parse(JSON.parse(line.slice(start)));
  } catch {
    return undefined;
  }
}

/** An event file that is read as it grows. */
interface Tail {
  inode: number;
  /** Reads to the current end. */
  read: () => Promise<void>;
  close: () => Promise<void>;
}

/** @param isSeen whether a line has already been read from another file */
async function openTail(
  path: string,
  onEvent: (event: Event) => void,
  isSeen: (line: string) => boolean,
): Promise<Tail | undefined> {
  const file = await undefinedIfMissing(open(path, "r"), path);
  if (!file) return undefined;
  let pending: Buffer = Buffer.alloc(0);
  return {
    inode: (await file.stat()).ino,
    read: async () => {
      for (;;) {
        const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(65_536) });
        if (bytesRead === 0) return;
        const data = Buffer.concat([pending, buffer.subarray(0, bytesRead)]);
        const end = data.lastIndexOf(10) + 1;
        pending = data.subarray(end);
        for (const line of data.toString("utf8", 0, end).split("\n")) {
          const event = isSeen(line) ? undefined : parseEvent(line);
          if (event) onEvent(event);
        }
      }
    },
    close: () => file.close(),
  };
}

/**
 * Reads the event files in order, across rotation. They are opened by the first read, which also reads the events kept
 * from earlier files.
 */
function openTails(home: Home, onEvent: (event: Event) => void) {
  const { current, previous, kept } = eventFiles(home);
  const tails: Tail[] = [];
  /** Lines of the file with kept events: another file may be merged into it just before it is read. */
  let seen: ReadonlySet<string> | undefined;
  const readKept = async () => {
    const lines = ((await readIfExists(kept))?.toString() ?? "").split("\n");
    seen = new Set(lines);
    for (const line of lines) {
      const event = parseEvent(line);
      if (event) onEvent(event);
    }
  };
  const inodeOf = (path: string) =>
    stat(path).then(
      ({ ino }) => ino,
      () => undefined,
    );
  /** Opens a file unless it is already open. */
  const add = async (path: string) => {
    const inode = await inodeOf(path);
    if (inode === undefined || tails.some((tail) => tail.inode === inode)) return;
    const tail = await openTail(path, onEvent, (line) => seen?.has(line) ?? false);
    if (tail) tails.push(tail);
  };
  return {
    read: async () => {
      await add(previous);
      await add(current);
      // Only now: any file merged into it since then is already open here.
      if (!seen) await readKept();
      // A process that had a file open before it was rotated may still append a line to it.
      for (const tail of tails) await tail.read();
      while (tails.length > 2) await tails.shift()?.close();
    },
    close: async () => {
      await Promise.all(tails.map((tail) => tail.close()));
    },
  };
}

/**
 * Passes on past events and new ones as they occur.
 * @param since start of the time range, in milliseconds since 1970
 * @param until end of the time range; may be infinite
 * @param signal stops earlier
 */
export async function readEvents(
  home: Home,
  { since, until, signal }: { since: number; until: number; signal?: AbortSignal },
  onEvent: (event: Event) => void,
): Promise<void> {
  await makeFolder(home.folder).catch(() => undefined);
  const tails = openTails(home, (event) => {
    const time = Date.parse(event.time);
    if (time >= since && time <= until) onEvent(event);
  });
  // One read at a time; a change during a read causes another one.
  let reading: Promise<void> = Promise.resolve();
  const read = () => (reading = reading.then(tails.read));
  try {
    const left = until - Date.now();
    if (left > 0) {
      await new Promise<void>((resolve, reject) => {
        const names = Object.values(eventFiles(home)).map((path) => basename(path));
        const unwatch = watchFolder(home.folder, (name) => {
          if (name === null || names.includes(name)) read().catch(reject);
        });
        const end = () => {
          unwatch();
          clearTimeout(timer);
          resolve();
        };
        const timer = left === Infinity ? undefined : setTimeout(end, Math.min(left, LONGEST_TIMER_MS));
        onAbort(signal, end);
        read().catch(reject);
      });
    }
    if (signal?.aborted !== true) await read();
  } finally {
    await reading.catch(() => undefined);
    await tails.close();
  }
}
