import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { BoxError, errnoOf } from "../../errors.js";
import { layerFiles, layersFolder } from "../store/paths.js";
import type { Store } from "../store/store.js";

/** Costs what level 1 costs with Node's zlib, and makes 5 % less of it. */
const LEVEL = 4;
const BLOCK = 512;
const PIECE_BYTES = 2 ** 18;

/**
 * A layer's tar as it came: the store filled its last block with zeros, the diffID tells how many of them are its own.
 * Verified as it is read: what the disk has made of it goes nowhere.
 * @throws BoxError image-damaged
 */
async function* readTar(
  store: Store,
  diffId: string,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const { tar } = layerFiles(layersFolder(store), diffId);
  const hash = createHash("sha256");
  let held = Buffer.alloc(0);
  for await (const data of createReadStream(tar, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>) {
    const all = held.length > 0 ? Buffer.concat([held, data]) : data;
    const ready = all.subarray(0, Math.max(0, all.length - BLOCK));
    held = Buffer.from(all.subarray(ready.length));
    hash.update(ready);
    yield ready;
    onRead(ready.length);
  }
  for (let length = held.length; ; length--) {
    const digest = hash.copy().update(held.subarray(0, length)).digest("hex");
    if (`sha256:${digest}` === diffId) {
      yield held.subarray(0, length);
      onRead(held.length);
      return;
    }
    if (length === 0 || held[length - 1] !== 0) break;
  }
  throw new BoxError("image-damaged", `layer ${diffId} is damaged: ${tar} is not what was pulled`, {
    hint: "remove the file and pull the image again",
  });
}

/**
 * A layer of the store, compressed with gzip: the same bytes each time.
 * @param onRead told of bytes of the tar
 * @throws BoxError image-damaged
 */
export async function* compressLayer(
  store: Store,
  diffId: string,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  const gzip = createGzip({ level: LEVEL, chunkSize: PIECE_BYTES });
  // A failure of the tar's ends the iteration below.
  pipeline(Readable.from(readTar(store, diffId, onRead)), gzip, () => undefined);
  try {
    yield* gzip as AsyncIterable<Buffer>;
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    throw new BoxError("image-damaged", `layer ${diffId} is not in the store any more`, {
      hint: "pull the image again",
      cause: error,
    });
  }
}
