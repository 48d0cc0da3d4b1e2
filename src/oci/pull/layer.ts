import { createHash } from "node:crypto";
import { rename } from "node:fs/promises";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { BoxError, errnoOf } from "../../config/errors.js";
import { encodeEntries } from "../index/entry-file.js";
import { inLayer } from "../index/bad-layer.js";
import { createTarIndexer } from "../index/tar-indexer.js";
import { explainStoreFailure } from "../store/failure.js";
import { encodeLayerIndex } from "../store/layers.js";
import type { LayerFiles } from "../store/paths.js";
import { writeSynced } from "../store/workspace.js";
import { createTarFile } from "./tar-file.js";

/** One layer to be brought into the store; plain values, so that it can be sent to a worker. */
export interface LayerJob {
  /** Digest of the blob as the registry has it, compressed or not. */
  digest: string;
  /** Digest of the tar. */
  diffId: string;
  /** Where the files are written, and where they go once verified and on the disk. */
  temporary: LayerFiles;
  final: LayerFiles;
}

/** Large pieces: with zlib's default of 16 KiB a gunzip takes two and a half times as long. */
const PIECE = { chunkSize: 2 ** 18, highWaterMark: 2 ** 19 };

const isGzip = (head: Uint8Array) => head[0] === 0x1f && head[1] === 0x8b;
const isZstd = (head: Uint8Array) =>
  head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;

/** zstd is in node:zlib from Node 22.15 on. */
function createZstdDecompress(digest: string): Transform {
  const create: unknown = Reflect.get(zlib, "createZstdDecompress");
  if (typeof create === "function") return (create as (options: object) => Transform)(PIECE);
  throw new BoxError(
    "unsupported-layer",
    `layer ${digest} is compressed with zstd, which this Node.js cannot read`,
    {
      hint: "Node.js 22.15 or later can; or build the image with gzip layers",
    },
  );
}

/** How a layer is compressed is read from its first bytes: media types are often wrong about it. */
function decompressor(head: Uint8Array, digest: string): Transform | undefined {
  if (isGzip(head)) return zlib.createGunzip(PIECE);
  return isZstd(head) ? createZstdDecompress(digest) : undefined;
}

/** Takes the first bytes, at least four of them if there are so many, off a stream. */
async function splitHead(
  source: AsyncIterable<Uint8Array>,
): Promise<{ head: Uint8Array; all: AsyncGenerator<Uint8Array> }> {
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

/**
 * Brings a layer into the store in one pass: digest of what came, decompression, diffID, tar file and entry list.
 * The files get their final names only when all is verified and fsynced.
 * @param source the blob's bytes, of the right number.
 * @throws BoxError digest-mismatch, bad-layer, unsupported-layer, disk-full
 */
export async function storeLayer(source: AsyncIterable<Uint8Array>, job: LayerJob): Promise<void> {
  const { digest, diffId, temporary, final } = job;
  const blobHash = createHash("sha256");
  const tarHash = createHash("sha256");
  const indexer = createTarIndexer();
  // A pipeline whose end fails may report no more than that it was aborted.
  let reason: unknown;

  const file = createTarFile(temporary.tar, `layer ${digest}`);
  try {
    const { head, all } = await splitHead(source);
    const hashed = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of all) {
          blobHash.update(chunk);
          yield chunk;
        }
      } catch (error) {
        reason ??= error;
        throw error;
      }
    };
    const take = async (tar: AsyncIterable<Uint8Array>) => {
      for await (const piece of tar) {
        try {
          tarHash.update(piece);
          file.write(piece);
          indexer.push(piece);
        } catch (error) {
          reason ??= error;
          throw error;
        }
      }
    };
    const decompress = decompressor(head, digest);
    if (decompress) await pipeline(Readable.from(hashed(), { objectMode: true }), decompress, take);
    else await take(hashed());

    const blobDigest = `sha256:${blobHash.digest("hex")}`;
    if (blobDigest !== digest) {
      throw new BoxError(
        "digest-mismatch",
        `the registry sent something else for layer ${digest}: its digest is ${blobDigest}`,
        {
          hint: "the registry, or somebody on the way to it, is not to be trusted",
        },
      );
    }
    const tarDigest = `sha256:${tarHash.digest("hex")}`;
    if (tarDigest !== diffId) {
      throw new BoxError(
        "digest-mismatch",
        `layer ${digest} unpacks to ${tarDigest}, not to ${diffId} as the image's configuration says`,
      );
    }
    const entries = encodeEntries(indexer.end());
    const tarBytes = await file.finish();
    await writeSynced(temporary.entries, encodeLayerIndex(tarBytes, entries));
  } catch (thrown) {
    const error = reason ?? thrown;
    if (isZlibError(error)) {
      throw new BoxError("bad-layer", `layer ${digest} cannot be decompressed: ${error.message}`, {
        cause: error,
      });
    }
    if (error instanceof BoxError && error.code === "bad-layer") throw inLayer(digest, error);
    throw explainStoreFailure(error, temporary.tar);
  } finally {
    file.close();
  }
  // The entries last: a layer counts as here when both are.
  await rename(temporary.tar, final.tar);
  await rename(temporary.entries, final.entries);
}

function isZlibError(error: unknown): error is Error {
  return /^Z_|^ZSTD_/.test(errnoOf(error) ?? "");
}
