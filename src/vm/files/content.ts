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
  /** Begins so many bytes after the file's beginning. */
  offset?: number | undefined;
  /** Reads so many bytes at most; else to the end, which a file that grows may never have. */
  length?: number | undefined;
  signal?: AbortSignal | undefined;
}

function plainCount(what: string, count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new BoxError(`invalid-${what}`, `${count} is not a number of bytes`, { subject: what });
}

/** What is in a file. */
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
  /** Of the file; else a new one has 0o644, and one that is replaced what it had. */
  mode?: number | undefined;
  /** Adds to what is in the file. */
  append?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

function head(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(length, 0);
  return bytes;
}

/** Content in pieces, and an end that cannot be taken for one that breaks off. */
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
 * Makes a file, or replaces one, as a whole: until all has come, and when anything fails, it is as it was. Links at the
 * end of the path are followed.
 * @throws BoxError of `checkFile`; what `data` throws; the signal's reason
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
