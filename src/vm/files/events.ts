import { posix } from "node:path";
import { decodePath } from "../protocol/guest/path-text.js";
import { EVENT_HEADER, EventType, MAX_PATH } from "../protocol/guest/table.js";
import { malformed } from "./failure.js";

const TYPES = {
  [EventType.READY]: "ready",
  [EventType.CREATE]: "create",
  [EventType.MODIFY]: "modify",
  [EventType.DELETE]: "delete",
  [EventType.RENAME]: "rename",
  [EventType.OVERFLOW]: "overflow",
} as const;

/** A change to a file. */
export interface FileEvent {
  /** modify: the content or metadata changed; overflow: some events were lost. */
  type: "create" | "modify" | "delete" | "rename" | "overflow";
  /** Absolute, in the box; for an overflow, the watched path. */
  path: string;
  /** rename: the previous path. */
  from?: string;
}

/** An event as sent by the agent; paths are relative to the watched path. */
export interface SentEvent {
  type: FileEvent["type"] | "ready";
  path: string;
  from: string;
}

/** Events without a path; in others, an empty path refers to the watched file or directory itself. */
const WITHOUT_PATH = new Set<SentEvent["type"]>(["ready", "overflow"]);

function isBelow(path: string): boolean {
  const parts = path.split("/");
  return !path.includes("\0") && parts.every((part) => part !== "" && part !== "." && part !== "..");
}

function readHead(bytes: Buffer): { type: SentEvent["type"]; pathLength: number; fromLength: number } {
  const type = TYPES[bytes.readUInt8(0) as keyof typeof TYPES] as SentEvent["type"] | undefined;
  const pathLength = bytes.readUInt16LE(1);
  const fromLength = bytes.readUInt16LE(3);
  if (type === undefined || pathLength > MAX_PATH || fromLength > MAX_PATH) throw malformed();
  if ((type === "rename") !== fromLength > 0) throw malformed();
  if (WITHOUT_PATH.has(type) && pathLength > 0) throw malformed();
  return { type, pathLength, fromLength };
}

/**
 * Splits a stream from the agent into events; buffers at most one incomplete event.
 * @returns a function that takes a chunk and returns the events completed by it; throws BoxError files-failed
 */
export function createEventDecoder(): (chunk: Buffer) => SentEvent[] {
  let pending: Buffer = Buffer.alloc(0);
  let ready = false;
  return (chunk) => {
    const events: SentEvent[] = [];
    let data = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (data.length >= EVENT_HEADER) {
      const { type, pathLength, fromLength } = readHead(data);
      // `ready` comes exactly once, as the first event.
      if ((type === "ready") === ready) throw malformed();
      const end = EVENT_HEADER + pathLength + fromLength;
      if (data.length < end) break;
      ready = true;
      const path = decodePath(data.subarray(EVENT_HEADER, EVENT_HEADER + pathLength));
      const from = decodePath(data.subarray(EVENT_HEADER + pathLength, end));
      for (const one of [path, from]) if (one !== "" && !isBelow(one)) throw malformed();
      events.push({ type, path, from });
      data = data.subarray(end);
    }
    pending = data;
    return events;
  };
}

/** @param watched the watched path */
export function toFileEvent({ type, path, from }: SentEvent, watched: string): FileEvent | undefined {
  if (type === "ready") return undefined;
  const renamed = type === "rename" ? { from: posix.join(watched, from) } : {};
  return { type, path: posix.join(watched, path), ...renamed };
}
