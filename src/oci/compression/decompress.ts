import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { BoxError, errnoOf } from "../../errors.js";
import { compressionOf, HEAD_BYTES } from "./detect.js";

/** With zlib's default of 16 KiB, gunzip takes two and a half times as long. */
const PIECE = { chunkSize: 2 ** 18, highWaterMark: 2 ** 19 };

type Bytes = AsyncIterable<Uint8Array>;

/** Reads at least HEAD_BYTES from a stream, or all of a shorter one, and returns these and the whole stream. */
export async function splitHead(
  source: Bytes,
): Promise<{ head: Uint8Array; all: AsyncGenerator<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < HEAD_BYTES) {
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
  // An error of the source also destroys the transform, and is thrown when that is read.
  fed.catch(() => undefined);
  yield* transform as AsyncIterable<Uint8Array>;
  await fed;
}

/**
 * Not by node:zlib: Node.js 22.23 ends after the first frame of several and accepts truncated data, and 24.22 accepts
 * what follows the last frame.
 */
async function* zstdDecompressed(source: Bytes): AsyncGenerator<Uint8Array> {
  const { decompressZstdWasm } = await import("./zstd-wasm.js");
  yield* decompressZstdWasm(source);
}

/**
 * Detects the compression of a stream.
 * @returns the compression (undefined for uncompressed data), and the whole stream
 * @throws BoxError unsupported-compression, and what `source` throws
 */
export async function recognize(
  source: Bytes,
): Promise<{ compression: "gzip" | "zstd" | undefined; all: AsyncGenerator<Uint8Array> }> {
  const { head, all } = await splitHead(source);
  const compression = compressionOf(head);
  if (compression !== "xz" && compression !== "bzip2") return { compression, all };
  await all.return(undefined);
  throw new BoxError("unsupported-compression", `unsupported compression: ${compression}`, {
    hint: "layers may be compressed with gzip or zstd",
  });
}

/**
 * Decompresses a stream if it is compressed, in bounded memory. The source is read to its end.
 * @throws BoxError unsupported-compression; errors for which isDecompressionError is true; what `source` throws
 */
export async function decompressed(source: Bytes): Promise<AsyncGenerator<Uint8Array>> {
  const { compression, all } = await recognize(source);
  if (compression === "gzip") return through(all, zlib.createGunzip(PIECE));
  return compression === "zstd" ? zstdDecompressed(all) : all;
}

/** Whether an error is due to malformed compressed data. */
export function isDecompressionError(error: unknown): error is Error {
  return /^Z_|^ZSTD_/.test(errnoOf(error) ?? "");
}
