import { createHash } from "node:crypto";
import { BoxError } from "../../errors.js";
import { ByteReader, ByteWriter } from "./bytes.js";
import { type Entry, type EntryType, NO_SEGMENTS, NO_XATTRS, type Segment, type Xattr } from "./entry.js";

/**
 * A layer's entry list as it lies beside the tar (`layers/DIFFID.idx`).
 *
 * Magic and version, then the number of entries, then the entries, then the SHA-256 of all that. Numbers are LEB128
 * varints, strings and values have their length before them; a path gives only what differs from the one before.
 */
const MAGIC = Buffer.from("boxidx\0\x01", "latin1");
const DIGEST_BYTES = 32;

const TYPES: readonly EntryType[] = ["file", "directory", "symlink", "hardlink", "char", "block", "fifo"];
/** Smallest possible entry; bounds the number of entries that a damaged count can claim. */
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

/** @throws BoxError `bad-entry-file` when the bytes are not what encodeEntries made */
export function decodeEntries(data: Buffer): Entry[] {
  const body = data.subarray(0, Math.max(0, data.length - DIGEST_BYTES));
  if (!body.subarray(0, MAGIC.length).equals(MAGIC))
    throw damaged("it does not begin with the expected version");
  if (!createHash("sha256").update(body).digest().equals(data.subarray(body.length))) {
    throw damaged("its checksum does not match");
  }
  const input = new ByteReader(body.subarray(MAGIC.length), damaged);
  const count = input.number();
  if (count > body.length / MIN_ENTRY_BYTES) throw damaged(`it claims ${count} entries`);
  const entries: Entry[] = [];
  let previous = "";
  for (let i = 0; i < count; i++) {
    const entry = readEntry(input, previous);
    entries.push(entry);
    previous = entry.path;
  }
  if (!input.atEnd()) throw damaged("bytes are left over");
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
  if (type === undefined) throw damaged("unknown type");
  const shared = input.number();
  if (shared > previous.length) throw damaged("a name refers beyond the one before");
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
