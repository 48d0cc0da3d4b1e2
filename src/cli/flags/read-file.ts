import { open } from "node:fs/promises";
import { reasonOf } from "../../host/reason.js";
import { BoxError } from "../../errors.js";
import { quote } from "../../config/syntax/quote.js";

/** Size limit of files read for a flag, in bytes: far more than a command line or an environment can hold. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * Reads the file of a flag; an endless one, such as /dev/zero, is rejected.
 * @throws BoxError invalid-file
 */
export async function readFlagFile(path: string, flag: string): Promise<Uint8Array> {
  const refuse = (reason: string, cause?: unknown) =>
    new BoxError("invalid-file", `${flag} ${quote(path)}: ${reason}`, { cause });
  if (path.includes("\0")) throw refuse("is not a path");
  try {
    const file = await open(path, "r");
    try {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MAX_BYTES) throw refuse(`is larger than ${MAX_BYTES / 2 ** 20} MiB`);
      }
      return Buffer.concat(chunks);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof BoxError) throw error;
    throw refuse(`cannot be read: ${reasonOf(error)}`, error);
  }
}
