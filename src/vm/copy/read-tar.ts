import { BoxError } from "../../errors.js";
import { parsePax, paxNumber, type PaxRecords } from "../../oci/index/pax.js";
import { BLOCK, isZeroBlock, parseHeader } from "../../oci/index/tar-header.js";

/** Maximum size of a pax header and length of a path: more than the agent ever sends. */
const MOST_RECORDS = 2 ** 20;
const MOST_PATH = 4096;

/** An entry of a streamed tar. `path` and `target` are bytes as latin1. */
export interface StreamedEntry {
  path: string;
  target: string;
  /** Type flag of the header. */
  type: string;
  mode: number;
  uid: number;
  gid: number;
  /** Seconds since 1970. */
  mtime: number;
  size: number;
  /** Must be read before the next entry; the rest of it is skipped then. */
  content: AsyncGenerator<Buffer>;
}

function badTar(why: string): BoxError {
  return new BoxError("copy-failed", `the box sent an invalid tar: ${why}`);
}

const truncated = () => badTar("it is truncated");

/** Reads bytes on demand from a stream of chunks. `take` returns fewer than requested only at the end. */
function bytesOf(source: AsyncIterable<Buffer>) {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  let pending: Buffer = Buffer.alloc(0);
  async function more(): Promise<boolean> {
    const next = await iterator.next();
    if (next.done === true) return false;
    pending = pending.length === 0 ? next.value : Buffer.concat([pending, next.value]);
    return true;
  }
  return {
    /** Stops reading. */
    close: async () => iterator.return?.(),
    take: async (length: number): Promise<Buffer> => {
      while (pending.length < length && (await more()));
      const taken = pending.subarray(0, length);
      pending = pending.subarray(taken.length);
      return taken;
    },
    /** Returns between 1 and `most` bytes, or none at the end. */
    some: async (most: number): Promise<Buffer> => {
      if (pending.length === 0) await more();
      const taken = pending.subarray(0, most);
      pending = pending.subarray(taken.length);
      return taken;
    },
  };
}

/**
 * Reads a tar from the agent (ustar and pax) entry by entry, with no more than a chunk of it in memory.
 * @param source untrusted: the guest may be hostile
 * @throws BoxError copy-failed; errors of `source`
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<StreamedEntry> {
  const bytes = bytesOf(source);
  let offset = 0;
  let whole = false;

  async function* content(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      const piece = await bytes.some(left);
      if (piece.length === 0) throw truncated();
      left -= piece.length;
      yield piece;
    }
  }
  async function skip(length: number): Promise<void> {
    const rest = content(length);
    while ((await rest.next()).done !== true);
  }
  const padding = (size: number) => (BLOCK - (size % BLOCK)) % BLOCK;

  async function nextHeader() {
    const block = await bytes.take(BLOCK);
    if (block.length === 0 || (block.length === BLOCK && isZeroBlock(block))) return undefined;
    if (block.length < BLOCK) throw truncated();
    offset += BLOCK;
    return parseHeader(block, offset);
  }

  async function readRecords(size: number): Promise<PaxRecords> {
    if (size > MOST_RECORDS) throw badTar(`pax header of ${size} bytes`);
    const data = await bytes.take(size);
    if (data.length < size) throw truncated();
    await skip(padding(size));
    return parsePax(data, offset);
  }

  try {
    for (;;) {
      let header = await nextHeader();
      let records: PaxRecords = new Map();
      if (header?.typeflag === "x") {
        records = await readRecords(header.size);
        header = await nextHeader();
        if (!header) throw truncated();
      }
      if (!header) {
        whole = true;
        break;
      }
      const number = (key: string, value: number) => {
        const text = records.get(key);
        return text === undefined ? value : paxNumber(text, key, offset);
      };
      const size = number("size", header.size);
      const path = records.get("path") ?? header.name;
      const target = records.get("linkpath") ?? header.linkname;
      if (size < 0 || Math.max(path.length, target.length) > MOST_PATH)
        throw badTar("a length is out of range");
      const { typeflag: type, mode } = header;
      const rest = content(size);
      yield {
        ...{ path, target, type, mode, size },
        uid: number("uid", header.uid),
        gid: number("gid", header.gid),
        mtime: number("mtime", header.mtime),
        content: rest,
      };
      while ((await rest.next()).done !== true);
      await skip(padding(size));
    }
  } catch (error) {
    // Errors of the image's tar reader, in terms of this command.
    if (error instanceof BoxError && error.code === "bad-layer") throw badTar(error.message);
    throw error;
  } finally {
    if (!whole) await bytes.close();
  }
  // The session's end is only known after everything has been read.
  while ((await bytes.some(2 ** 20)).length > 0);
}
