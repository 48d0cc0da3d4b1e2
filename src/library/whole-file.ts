import { constants } from "node:buffer";
import { quote } from "../config/syntax/quote.js";
import { BoxError } from "../errors.js";
import type { Encoding } from "./encoding.js";

export interface WholeFile {
  read: () => AsyncIterable<Uint8Array>;
  size: () => Promise<number>;
}

/** Limits in bytes: `large` is how much is read before the size is queried, which most files are too small for. */
export interface Limits {
  large: number;
  most: Record<Encoding, number>;
}

const LIMITS: Limits = {
  large: 64 * 2 ** 20,
  most: {
    buffer: Math.min(2 ** 30, constants.MAX_LENGTH),
    utf8: Math.min(2 ** 30, constants.MAX_STRING_LENGTH),
  },
};

/** @returns undefined if there are more than `most` bytes */
async function gather(pieces: AsyncIterable<Uint8Array>, most: number): Promise<Buffer | undefined> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > most) return undefined;
    all.push(piece);
  }
  return Buffer.concat(all);
}

/**
 * Reads a whole file into memory.
 * @throws BoxError file-too-large
 */
export async function readWhole(
  file: WholeFile,
  path: string,
  encoding: Encoding,
  { large, most }: Limits = LIMITS,
): Promise<Buffer> {
  const small = await gather(file.read(), large);
  if (small) return small;
  // The size cannot be queried during the read: the offline session of a box that is not running is in use by the read.
  const all = (await file.size()) > most[encoding] ? undefined : await gather(file.read(), most[encoding]);
  if (all) return all;
  throw new BoxError("file-too-large", `${quote(path)} is larger than ${most[encoding]} bytes`, {
    hint: "use readStream to read it in chunks",
  });
}
