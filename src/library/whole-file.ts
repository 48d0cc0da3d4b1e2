import { constants } from "node:buffer";
import { quote } from "../config/syntax/quote.js";
import { BoxError } from "../errors.js";
import type { Encoding } from "./encoding.js";

export interface WholeFile {
  read: () => AsyncIterable<Uint8Array>;
  size: () => Promise<number>;
}

/** In bytes: `large` is what is read before the size is asked for, which few files are worth. */
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

/** @returns undefined when there are more bytes */
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
 * What is in a file that memory is to hold at once.
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
  // While it is read, nobody can ask for the size of a file of a box that does not run.
  const all = (await file.size()) > most[encoding] ? undefined : await gather(file.read(), most[encoding]);
  if (all) return all;
  throw new BoxError("file-too-large", `${quote(path)} has more than ${most[encoding]} bytes`, {
    hint: "read it piece by piece, with readStream",
  });
}
