import { closeSync, fsync, ftruncateSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { isZeros } from "../index/zeros.js";
import { checkRoom } from "../store/room.js";

const BLOCK = 512;
/** The disk's free space is asked for each time so much was written. */
const CHECK_BYTES = 4 * 2 ** 20;
/** Shorter runs of zeros than a block of a file system are not worth a hole. */
const LEAST_HOLE = 4096;

/** A layer's tar on its way to the disk. */
export interface TarFile {
  /** @throws BoxError disk-full before the disk is; the system's error for anything else */
  write(piece: Uint8Array): void;
  /** Fills it up to whole blocks and fsyncs it. @returns its size, bytes */
  finish(): Promise<number>;
  close(): void;
}

/**
 * Pieces of zeros become holes: gigabytes of them, which a few megabytes unpack to, cost no disk.
 * @param what names the content in messages
 */
export function createTarFile(path: string, what: string): TarFile {
  const file = openSync(path, "w", 0o600);
  let bytes = 0;
  let unchecked = CHECK_BYTES;
  return {
    write(piece) {
      if (piece.length < LEAST_HOLE || !isZeros(piece)) {
        unchecked += piece.length;
        if (unchecked >= CHECK_BYTES) {
          checkRoom(dirname(path), what);
          unchecked = 0;
        }
        for (let done = 0; done < piece.length;) {
          done += writeSync(file, piece, done, piece.length - done, bytes + done);
        }
      }
      bytes += piece.length;
    },
    async finish() {
      const whole = Math.max(BLOCK, Math.ceil(bytes / BLOCK) * BLOCK);
      ftruncateSync(file, whole);
      await promisify(fsync)(file);
      return whole;
    },
    close: () => closeSync(file),
  };
}
