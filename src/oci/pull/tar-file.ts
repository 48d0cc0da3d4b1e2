import { closeSync, constants, fsync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { TarIndexer } from "../index/tar-indexer.js";
import { isZeros } from "../index/zeros.js";
import { checkSpace } from "../store/space.js";

const BLOCK = 512;
/** Check the disk's free space each time this many bytes have been written. */
const CHECK_BYTES = 4 * 2 ** 20;
/** Shortest hole: the block size of file systems. */
const LEAST_HOLE = 4096;
/** Enough for a header and a small file. */
const READ_BYTES = 8192;

/** A layer's tar that is being written. */
export interface TarFile {
  path: string;
  /** @throws BoxError disk-full before the disk is full; the system's error for anything else */
  write(piece: Uint8Array): void;
  /** Pads it to whole blocks and fsyncs it. @param bytes that were written @returns its size in bytes */
  finish(bytes: number): Promise<number>;
  /** Passes the headers in the first `bytes` bytes to an indexer. May be called again with a higher number. */
  index(indexer: TarIndexer, bytes: number): void;
  close(): void;
}

/**
 * Creates a tar file. Pieces of zeros become holes, so that a few megabytes which unpack to gigabytes of zeros do not
 * fill the disk.
 * @param what name of the content in messages
 */
export function createTarFile(path: string, what: string): TarFile {
  // Do not truncate: an existing file may be an extent of a disk that is in use (pending-disk.ts).
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  let written = 0;
  let unchecked = CHECK_BYTES;
  let indexed = 0;
  const buffer = Buffer.allocUnsafe(READ_BYTES);

  return {
    path,
    write(piece) {
      if (piece.length < LEAST_HOLE || !isZeros(piece)) {
        unchecked += piece.length;
        if (unchecked >= CHECK_BYTES) {
          checkSpace(dirname(path), what);
          unchecked = 0;
        }
        for (let done = 0; done < piece.length;) {
          done += writeSync(file, piece, done, piece.length - done, written + done);
        }
      }
      written += piece.length;
    },
    async finish(bytes) {
      const whole = Math.max(BLOCK, Math.ceil(bytes / BLOCK) * BLOCK);
      ftruncateSync(file, whole);
      await promisify(fsync)(file);
      return whole;
    },
    index(indexer, bytes) {
      while (indexed < bytes) {
        const passed = indexer.passOver(bytes - indexed);
        indexed += passed;
        if (passed > 0) continue;
        const length = readSync(file, buffer, 0, Math.min(READ_BYTES, bytes - indexed), indexed);
        if (length === 0) throw new Error(`${path} became shorter`);
        indexer.push(buffer.subarray(0, length));
        indexed += length;
      }
    },
    close: () => closeSync(file),
  };
}
