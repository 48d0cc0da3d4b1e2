import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { errnoOf } from "../../config/errors.js";

/** Large pieces: with zlib's default of 16 KiB a gunzip takes two and a half times as long. */
const PIECE = { chunkSize: 2 ** 18, highWaterMark: 2 ** 19 };

type Bytes = AsyncIterable<Uint8Array>;

/** How a stream is compressed, by its first four bytes: names and media types are often wrong about it. */
export function compressionOf(head: Uint8Array): "gzip" | "zstd" | undefined {
  if (isGzip(head)) return "gzip";
  return isZstd(head) ? "zstd" : undefined;
}

const isGzip = (head: Uint8Array) => head[0] === 0x1f && head[1] === 0x8b;
/** A zstd stream may begin with a skippable frame (RFC 8878, 3.1.2). */
const isZstd = ([a = 0, b, c, d]: Uint8Array) =>
  (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) ||
  ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18);

/** Takes the first bytes, at least four of them if there are so many, off a stream. */
async function splitHead(source: Bytes): Promise<{ head: Uint8Array; all: AsyncGenerator<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 4) {
    const next = await iterator.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, all: all() };
}

async function* through(source: Bytes, transform: Transform): AsyncGenerator<Uint8Array> {
  const fed = pipeline(Readable.from(source, { objectMode: true }), transform);
  // An error of the source is one of the transform too, and is thrown where that is read.
  fed.catch(() => undefined);
  yield* transform as AsyncIterable<Uint8Array>;
  await fed;
}

/** zstd is in node:zlib from Node.js 22.15 on; elsewhere a decoder is loaded when it is needed. */
async function zstdDecompressed(source: Bytes): Promise<AsyncGenerator<Uint8Array>> {
  const create: unknown = Reflect.get(zlib, "createZstdDecompress");
  if (typeof create === "function") {
    return through(source, (create as (options: object) => Transform)(PIECE));
  }
  const { decompressZstdWasm } = await import("./zstd-wasm.js");
  return decompressZstdWasm(source);
}

/**
 * A stream without its compression, if it has one. It is read to its end; bounded memory, whatever it unpacks to.
 * @throws as isDecompressionError tells; what `source` throws
 */
export async function decompressed(source: Bytes): Promise<AsyncGenerator<Uint8Array>> {
  const { head, all } = await splitHead(source);
  const compression = compressionOf(head);
  if (compression === "gzip") return through(all, zlib.createGunzip(PIECE));
  return compression === "zstd" ? zstdDecompressed(all) : all;
}

/** Whether the compressed data is at fault. */
export function isDecompressionError(error: unknown): error is Error {
  return /^Z_|^ZSTD_/.test(errnoOf(error) ?? "");
}
