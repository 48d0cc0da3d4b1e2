import { createHash } from "node:crypto";
import { BoxError } from "../../errors.js";
import { ByteReader, ByteWriter } from "./bytes.js";
import { type Entry, type EntryType, NO_SEGMENTS, NO_XATTRS, type Segment, type Xattr } from "./entry.js";

/**
 * The entry list of a layer, as stored next to its tar (`layers/DIFFID.idx`).
 *
 * Magic and version, the number of entries, the entries, and the SHA-256 of all that. Numbers are LEB128 varints;
 * strings and values are preceded by their length; a path omits the prefix that it shares with the previous one.
 */
const MAGIC = Buffer.from("boxidx\0\x01", "latin1");
const DIGEST_BYTES = 32;

const TYPES: readonly EntryType[] = ["file", "directory", "symlink", "hardlink", "char", "block", "fifo"];
/** Smallest possible entry; limits the number of entries that a damaged count can declare. */
const MIN_ENTRY_BYTES = 10;

export function encodeEntries(entries: readonly Entry[]): Buffer {
  const out = new ByteWriter(64 + entries.length * 64);
  out.raw(MAGIC);
  out.number(entries.length);
  let previous = "";
  for (const entry of entries) {
    writeEntry(out, entry, previous);
    previous = entry.path;
  }
  out.raw(createHash("sha256").update(out.written()).digest());
  return out.written();
}

/** @throws BoxError `bad-entry-file` if the bytes are not the output of encodeEntries */
export function decodeEntries(data: Buffer): Entry[] {
  const body = data.subarray(0, Math.max(0, data.length - DIGEST_BYTES));
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged("unknown format or version");
  if (!createHash("sha256").update(body).digest().equals(data.subarray(body.length))) {
    throw damaged("checksum mismatch");
  }
  const input = new ByteReader(body.subarray(MAGIC.length), damaged);
  const count = input.number();
  if (count > body.length / MIN_ENTRY_BYTES) throw damaged(`invalid number of entries: ${count}`);
  const entries: Entry[] = [];
  let previous = "";
  for (let i = 0; i < count; i++) {
    const entry = readEntry(input, previous);
    entries.push(entry);
    previous = entry.path;
  }
  if (!input.atEnd()) throw damaged("trailing bytes");
  return entries;
}

function damaged(why: string): BoxError {
  return new BoxError("bad-entry-file", `the entry list of a layer is damaged: ${why}`, {
    hint: "remove the image and pull it again",
  });
}

function writeEntry(out: ByteWriter, entry: Entry, previous: string): void {
  const shared = commonPrefix(previous, entry.path);
  out.number(TYPES.indexOf(entry.type));
  out.number(shared);
  out.string(entry.path.slice(shared));
  out.number(entry.mode);
  out.number(entry.uid);
  out.number(entry.gid);
  out.signed(entry.mtime);
  out.number(entry.mtimeNanoseconds);
  out.number(entry.size);
  if (entry.type === "symlink" || entry.type === "hardlink") out.string(entry.linkTarget);
  if (entry.type === "char" || entry.type === "block") {
    out.number(entry.major);
    out.number(entry.minor);
  }
  out.number(entry.xattrs.length);
  for (const { name, value } of entry.xattrs) {
    out.string(name);
    out.bytes(value);
  }
  if (entry.type === "file") {
    out.number(entry.segments.length);
    for (const { fileOffset, tarOffset, length } of entry.segments) {
      out.number(fileOffset);
      out.number(tarOffset);
      out.number(length);
    }
  }
}

function readEntry(input: ByteReader, previous: string): Entry {
  const type = TYPES[input.number()];
  if (type === undefined) throw damaged("unknown entry type");
  const shared = input.number();
  if (shared > previous.length) throw damaged("a path shares more than the length of the previous one");
  const path = previous.slice(0, shared) + input.string();
  const link = type === "symlink" || type === "hardlink";
  const device = type === "char" || type === "block";
  return {
    path,
    type,
    mode: input.number(),
    uid: input.number(),
    gid: input.number(),
    mtime: input.signed(),
    mtimeNanoseconds: input.number(),
    size: input.number(),
    linkTarget: link ? input.string() : "",
    major: device ? input.number() : 0,
    minor: device ? input.number() : 0,
    xattrs: input.list(NO_XATTRS, (): Xattr => ({ name: input.string(), value: Buffer.from(input.bytes()) })),
    segments: type === "file" ? input.list(NO_SEGMENTS, () => readSegment(input)) : NO_SEGMENTS,
  };
}

function readSegment(input: ByteReader): Segment {
  return { fileOffset: input.number(), tarOffset: input.number(), length: input.number() };
}

function commonPrefix(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  return i;
}
