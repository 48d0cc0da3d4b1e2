import { BoxError } from "../../errors.js";
import { onAbort } from "../../host/abort.js";
import { feedSession } from "../copy/conversation.js";
import type { FileRequest } from "../protocol/guest/file-request.js";
import { MAX_CHUNK } from "../protocol/guest/table.js";
import type { Connect } from "../offline-session.js";
import { checkFile, malformed } from "./failure.js";
import { plainPath } from "./path.js";
import { converse, plainMode } from "./verbs.js";

export interface ReadOptions {
  /** Byte offset to start at; 0 by default. */
  offset?: number | undefined;
  /** Maximum number of bytes to read. By default reads to the end, which a growing file may never reach. */
  length?: number | undefined;
  signal?: AbortSignal | undefined;
}

function plainCount(what: string, count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new BoxError(`invalid-${what}`, `${count} is not a number of bytes`, { subject: what });
}

/** Reads the content of a file. */
export async function* read(
  connect: Connect,
  path: string,
  { offset, length, signal }: ReadOptions = {},
): AsyncGenerator<Uint8Array> {
  const request: FileRequest = {
    kind: "read-file",
    path: plainPath(path),
    ...(offset === undefined ? {} : { offset: plainCount("offset", offset) }),
    ...(length === undefined ? {} : { length: plainCount("length", length) }),
  };
  let left = length ?? Infinity;
  for await (const piece of converse(connect, request, signal)) {
    left -= piece.length;
    if (left < 0) throw malformed();
    yield piece;
  }
}

export interface WriteOptions {
  /** Mode of the file. By default 0o644 for a new file; a replaced file keeps its mode. */
  mode?: number | undefined;
  /** Appends to the file instead of replacing its content. */
  append?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

function head(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(length, 0);
  return bytes;
}

/** Content as length-prefixed chunks, ending with an empty one so that a truncated stream is recognized. */
async function* chunked(data: AsyncIterable<Uint8Array> | Uint8Array): AsyncGenerator<Uint8Array> {
  for await (const piece of data instanceof Uint8Array ? [data] : data) {
    for (let at = 0; at < piece.length; at += MAX_CHUNK) {
      const part = piece.subarray(at, at + MAX_CHUNK);
      yield head(part.length);
      yield part;
    }
  }
  yield head(0);
}

/**
 * Creates or replaces a file atomically: until all data has arrived, and if anything fails, it remains unchanged. A
 * link at the end of the path is followed.
 * @throws BoxError from `checkFile`; whatever `data` throws; the signal's reason
 */
export async function write(
  connect: Connect,
  path: string,
  data: AsyncIterable<Uint8Array> | Uint8Array,
  { mode, append = false, signal }: WriteOptions = {},
): Promise<void> {
  const plain = plainPath(path);
  const given = mode === undefined ? {} : { mode: plainMode(mode) };
  signal?.throwIfAborted();
  const socket = await connect();
  const off = onAbort(signal, () => socket.destroy());
  try {
    const request: FileRequest = { kind: "write-file", path: plain, append, ...given };
    checkFile(await feedSession(socket, request, chunked(data)), plain);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    off();
  }
}
