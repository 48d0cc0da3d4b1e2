import { decodePath } from "../protocol/guest/path-text.js";
import { ENTRY_HEADER, EntryType, MAX_PATH } from "../protocol/guest/table.js";
import { malformed } from "./failure.js";

const TYPES = {
  [EntryType.FILE]: "file",
  [EntryType.DIRECTORY]: "directory",
  [EntryType.SYMLINK]: "symlink",
  [EntryType.OTHER]: "other",
} as const;

/**
 * A file, directory, link or other entry in a box. Bytes of names that are not valid UTF-8 are represented as lone
 * surrogates, U+DC80 to U+DCFF, which paths passed to box may contain too.
 */
export interface FileEntry {
  name: string;
  /** Absolute, in the box. */
  path: string;
  /** other: a device, a pipe or a socket. */
  type: (typeof TYPES)[keyof typeof TYPES];
  size: number;
  /** Permissions, including the setuid, setgid and sticky bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Time of the last modification, in milliseconds since the epoch. */
  mtimeMs: number;
  /** Target of a link, as stored. */
  target?: string;
}

/** An entry as sent by the agent. The name is empty in the response to `stat`. */
export type SentEntry = Omit<FileEntry, "path">;

const NAME_BYTES = 255;
const NANOSECONDS = 1_000_000_000;
const FORBIDDEN = new Set([".", ".."]);

function isName(name: string): boolean {
  return !name.includes("/") && !name.includes("\0") && !FORBIDDEN.has(name);
}

interface Head {
  type: SentEntry["type"];
  nameLength: number;
  targetLength: number;
}

function readHead(bytes: Buffer): Head {
  const type = TYPES[bytes.readUInt8(0) as keyof typeof TYPES] as SentEntry["type"] | undefined;
  const nameLength = bytes.readUInt16LE(31);
  const targetLength = bytes.readUInt16LE(33);
  if (type === undefined || nameLength > NAME_BYTES || targetLength > MAX_PATH) throw malformed();
  if (targetLength > 0 && type !== "symlink") throw malformed();
  return { type, nameLength, targetLength };
}

function readEntry(bytes: Buffer, { type, nameLength, targetLength }: Head): SentEntry {
  const mode = bytes.readUInt16LE(1);
  const nanoseconds = bytes.readUInt32LE(27);
  const nameEnd = ENTRY_HEADER + nameLength;
  const name = decodePath(bytes.subarray(ENTRY_HEADER, nameEnd));
  const target = decodePath(bytes.subarray(nameEnd, nameEnd + targetLength));
  if (mode > 0o7777 || nanoseconds >= NANOSECONDS || !isName(name) || target.includes("\0"))
    throw malformed();
  return {
    ...{ name, type, mode },
    size: Number(bytes.readBigUInt64LE(11)),
    uid: bytes.readUInt32LE(3),
    gid: bytes.readUInt32LE(7),
    mtimeMs: Number(bytes.readBigInt64LE(19)) * 1000 + nanoseconds / 1_000_000,
    ...(type === "symlink" ? { target } : {}),
  };
}

/**
 * Splits a stream from the agent into entries; buffers at most one incomplete entry.
 * @returns `take` returns the entries completed by the next chunk, `end` rejects a truncated stream; both throw
 *   BoxError files-failed
 */
export function createEntryDecoder(): { take: (chunk: Buffer) => SentEntry[]; end: () => void } {
  let pending: Buffer = Buffer.alloc(0);
  return {
    take: (chunk) => {
      const entries: SentEntry[] = [];
      let data = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      while (data.length >= ENTRY_HEADER) {
        const head = readHead(data);
        const length = ENTRY_HEADER + head.nameLength + head.targetLength;
        if (data.length < length) break;
        entries.push(readEntry(data, head));
        data = data.subarray(length);
      }
      pending = data;
      return entries;
    },
    end: () => {
      if (pending.length > 0) throw malformed();
    },
  };
}
