import { badTar } from "./bad-layer.js";
import {
  type Entry,
  type EntryType,
  keptBytes,
  MAX_KEPT,
  NO_SEGMENTS,
  NO_XATTRS,
  type Segment,
  showName,
} from "./entry.js";
import { mergePax, type PaxRecords, parsePax, paxNumber, paxTime, paxXattrs } from "./pax.js";
import {
  gnuRealSize,
  readGnuSparse,
  readPaxSparse,
  type SparseMap,
  sparseSegments,
  sparseTextReader,
} from "./sparse.js";
import { BLOCK, cString, isZeroBlock, parseHeader, type TarHeader } from "./tar-header.js";

/** Reads the headers of a layer's uncompressed tar as it streams past. */
export interface TarIndexer {
  /** Reads the next bytes, split anywhere; does not keep `chunk`. @throws BoxError `bad-layer` */
  push(chunk: Uint8Array): void;
  /** Skips the data that comes next, at most `most` bytes. @returns the number of bytes, which must not be pushed */
  passOver(most?: number): number;
  /** Finishes the tar. @throws BoxError `bad-layer` if it ends inside an entry */
  end(): Entry[];
}

/** Maximum size of long names and pax headers; real ones have a few hundred bytes. */
const MAX_EXTENSION = 1024 * 1024;
const MAX_PATH = 4096;
/** Linux keeps a target in one page, with a NUL after it. */
const MAX_TARGET = MAX_PATH - 1;
/** Maximum number of keywords in global headers: all of them are examined for every entry. */
const MAX_GLOBAL = 64;
const MAX_ID = 0xffff_fffe;

const TYPES: Partial<Record<string, EntryType>> = {
  "\0": "file",
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "char",
  "4": "block",
  "5": "directory",
  "6": "fifo",
  // Contiguous files are ordinary files on systems that do not distinguish them (POSIX).
  "7": "file",
  S: "file",
};

export function createTarIndexer(): TarIndexer {
  const entries: Entry[] = [];
  /** Offset of the next byte in the tar. */
  let position = 0;
  /** Bytes to skip; the last `padding` of them may be missing at the end of the tar, as in Go's reader. */
  let skip = 0;
  let padding = 0;
  /** Size of the block to read next, and its handler. */
  let want = BLOCK;
  let then: (block: Buffer) => void = onHeader;
  let scratch = Buffer.allocUnsafe(BLOCK);
  let filled = 0;

  let zeroBlock = false;
  let ended = false;
  let kept = 0;
  let longName: string | undefined;
  let longLink: string | undefined;
  let ownPax: PaxRecords | undefined;
  let globalPax: PaxRecords = new Map();

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let at = 0;
      while (at < bytes.length && !ended) {
        if (skip > 0) {
          const step = Math.min(skip, bytes.length - at);
          skip -= step;
          at += step;
          position += step;
        } else if (filled === 0 && bytes.length - at >= want) {
          at += want;
          position += want;
          then(bytes.subarray(at - want, at));
        } else {
          const step = Math.min(want - filled, bytes.length - at);
          if (scratch.length < want) scratch = Buffer.concat([scratch.subarray(0, filled)], want);
          bytes.copy(scratch, filled, at, at + step);
          filled += step;
          at += step;
          position += step;
          if (filled === want) {
            filled = 0;
            then(scratch.subarray(0, want));
          }
        }
      }
    },
    passOver(most = Infinity) {
      const bytes = Math.min(skip, most);
      skip -= bytes;
      position += bytes;
      return bytes;
    },
    end() {
      if (!ended && (skip > padding || filled > 0 || then !== onHeader))
        throw badTar(position, "the tar ends inside an entry");
      return entries;
    },
  };

  function collect(bytes: number, receiver: (block: Buffer) => void): void {
    want = bytes;
    then = receiver;
  }

  /** Skips `bytes` of data and their padding, up to the next header. */
  function skipData(bytes: number): void {
    padding = padTo(bytes) - bytes;
    skip = bytes + padding;
    collect(BLOCK, onHeader);
  }

  function onHeader(block: Buffer): void {
    const offset = position - BLOCK;
    if (isZeroBlock(block)) {
      ended = zeroBlock;
      zeroBlock = true;
      return;
    }
    if (zeroBlock) throw badTar(offset, "a lone zero block is followed by more headers");
    const header = parseHeader(block, offset);
    switch (header.typeflag) {
      case "L":
      case "K":
      case "x":
      case "g":
        return onExtension(header, offset);
      case "S":
        return onGnuSparse(header, block, offset);
      default:
        return onEntry(header, offset);
    }
  }

  function onExtension({ typeflag, size }: TarHeader, offset: number): void {
    if (size > MAX_EXTENSION)
      throw badTar(offset, `extended header has ${size} bytes; the maximum is ${MAX_EXTENSION}`);
    const done = (data: Buffer) => {
      if (typeflag === "L") longName = cString(data, 0, data.length);
      else if (typeflag === "K") longLink = cString(data, 0, data.length);
      else if (typeflag === "x") ownPax = parsePax(data, offset + BLOCK);
      else globalPax = addGlobal(globalPax, parsePax(data, offset + BLOCK), offset);
      collect(BLOCK, onHeader);
    };
    if (size === 0) done(Buffer.alloc(0));
    else collect(padTo(size), (block) => done(block.subarray(0, size)));
  }

  function onGnuSparse(header: TarHeader, block: Buffer, offset: number): void {
    if (!header.gnu) throw badTar(offset, "sparse entry without the GNU magic");
    const map: SparseMap = [];
    const size = gnuRealSize(block, offset);
    const finish = () => add(header, offset, { map, size, stored: header.size });
    const extension = (next: Buffer) => {
      if (!readGnuSparse(next, "extension", offset, map)) finish();
    };
    if (readGnuSparse(block, "header", offset, map)) collect(BLOCK, extension);
    else finish();
  }

  function onEntry(header: TarHeader, offset: number): void {
    const pax = mergePax(globalPax, ownPax);
    const stored = pax.has("size") ? paxNumber(pax.get("size") ?? "", "size", offset) : header.size;
    if (stored < 0) throw badTar(offset, `negative size ${stored}`);
    const format = `${pax.get("GNU.sparse.major") ?? ""}.${pax.get("GNU.sparse.minor") ?? ""}`;
    const sparse = format !== "." || pax.has("GNU.sparse.map");
    if (!sparse || TYPES[header.typeflag] !== "file") return add(header, offset, { stored });
    const realSize = pax.get("GNU.sparse.realsize") ?? pax.get("GNU.sparse.size");
    const size = realSize === undefined ? stored : paxNumber(realSize, "GNU.sparse.realsize", offset);
    if (format !== "1.0") return add(header, offset, { map: readPaxSparse(pax, offset), size, stored });
    const reader = sparseTextReader(offset);
    let left = stored;
    collect(BLOCK, (block) => {
      left -= BLOCK;
      if (left < 0) throw badTar(offset, "sparse map is longer than the entry");
      const map = reader.push(block);
      if (map !== undefined) add(header, offset, { map, size, stored: left });
    });
  }

  /**
   * Adds an entry; the tar is positioned at its data. `stored` is the size of the data in the tar; `map` and `size`
   * describe a sparse file.
   */
  function add(
    header: TarHeader,
    offset: number,
    data: { stored: number; map?: SparseMap; size?: number },
  ): void {
    const entry = makeEntry(header, offset, data);
    entries.push(entry);
    kept += keptBytes(entry);
    if (kept > MAX_KEPT)
      throw badTar(offset, `the first ${entries.length} entries need more than ${MAX_KEPT} bytes of memory`);
    longName = longLink = ownPax = undefined;
    // Some writers give directories and links a size, but no data follows.
    skipData(entry.type === "file" ? data.stored : 0);
  }

  function makeEntry(
    header: TarHeader,
    offset: number,
    { stored, map, size = stored }: { stored: number; map?: SparseMap; size?: number },
  ): Entry {
    const pax = mergePax(globalPax, ownPax);
    const path = longName ?? pax.get("GNU.sparse.name") ?? pax.get("path") ?? header.name;
    const linkTarget = longLink ?? pax.get("linkpath") ?? header.linkname;
    const type = typeOf(header, path);
    if (type === undefined) {
      throw badTar(offset, `${showName(path)} has the unknown type ${JSON.stringify(header.typeflag)}`);
    }
    if (path.length > MAX_PATH || linkTarget.length > MAX_PATH)
      throw badTar(offset, `name longer than ${MAX_PATH} bytes`);
    if (type === "symlink" && (linkTarget === "" || linkTarget.length > MAX_TARGET)) {
      throw badTar(
        offset,
        `the target of symbolic link ${showName(path)} has ${linkTarget.length} bytes, not 1 to ${MAX_TARGET}`,
      );
    }
    const link = type === "symlink" || type === "hardlink";
    const device = type === "char" || type === "block";
    const time = pax.has("mtime") ? paxTime(pax.get("mtime") ?? "", offset) : undefined;
    return {
      path,
      type,
      mode: header.mode & 0o7777,
      uid: idOf(pax, "uid", header.uid, offset),
      gid: idOf(pax, "gid", header.gid, offset),
      mtime: time?.seconds ?? header.mtime,
      mtimeNanoseconds: time?.nanoseconds ?? 0,
      size: type === "file" ? size : 0,
      linkTarget: link ? linkTarget : "",
      major: device ? inRange(header.major, 0xfff, "device major", offset) : 0,
      minor: device ? inRange(header.minor, 0xfffff, "device minor", offset) : 0,
      xattrs: pax.size === 0 ? NO_XATTRS : orShared(paxXattrs(pax), NO_XATTRS),
      segments: type === "file" ? segmentsOf(map, size, position, stored) : NO_SEGMENTS,
    };
  }
}

/** v7 marks a directory with a slash at the end of its name. */
function typeOf({ typeflag }: TarHeader, path: string): EntryType | undefined {
  return (typeflag === "\0" || typeflag === "0") && path.endsWith("/") ? "directory" : TYPES[typeflag];
}

function segmentsOf(
  map: SparseMap | undefined,
  size: number,
  position: number,
  stored: number,
): readonly Segment[] {
  if (map !== undefined) return orShared(sparseSegments(map, size, position, stored), NO_SEGMENTS);
  return stored === 0 ? NO_SEGMENTS : [{ fileOffset: 0, tarOffset: position, length: stored }];
}

function orShared<T>(list: readonly T[], empty: readonly T[]): readonly T[] {
  return list.length === 0 ? empty : list;
}

function idOf(pax: PaxRecords, key: "uid" | "gid", fromHeader: number, offset: number): number {
  const text = pax.get(key);
  return inRange(text === undefined ? fromHeader : paxNumber(text, key, offset), MAX_ID, key, offset);
}

function inRange(value: number, max: number, what: string, offset: number): number {
  if (value < 0 || value > max) throw badTar(offset, `${what} ${value} is not between 0 and ${max}`);
  return value;
}

/** Drops records that cannot apply to all entries: a global name or size would misplace the entries that follow. */
function withoutPerEntry(records: PaxRecords): PaxRecords {
  for (const key of records.keys()) {
    if (key === "path" || key === "linkpath" || key === "size" || key.startsWith("GNU.sparse."))
      records.delete(key);
  }
  return records;
}

/** @throws BoxError `bad-layer` */
function addGlobal(old: PaxRecords, more: PaxRecords, offset: number): PaxRecords {
  const records = withoutPerEntry(mergePax(old, more));
  if (records.size > MAX_GLOBAL) throw badTar(offset, `global headers have more than ${MAX_GLOBAL} keywords`);
  return records;
}

function padTo(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}
