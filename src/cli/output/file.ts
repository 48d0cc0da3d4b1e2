import { once } from "node:events";
import { rmSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { beforeEnding } from "../../config/before-ending.js";
import { BoxError, errnoOf } from "../../config/errors.js";
import { quote } from "../../config/syntax/quote.js";

const REASONS: Partial<Record<string, string>> = {
  ENOENT: "its folder is not there",
  ENOTDIR: "its folder is a file",
  EACCES: "not permitted",
  EISDIR: "it is a folder",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "your quota is used up",
};

/**
 * Writes a file that a flag names, so that it is there whole or not at all; a pipe or a device is written as it is.
 * @throws BoxError invalid-file; what `content` throws
 */
async function writeOutputFile(
  path: string,
  flag: string,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  const special = there !== undefined && !there.isFile() && !there.isDirectory();
  const temporary = special ? path : `${path}.${process.pid}.tmp`;
  const done = beforeEnding(() => {
    if (!special) rmSync(temporary, { force: true });
  });
  try {
    if (there?.isDirectory()) throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
    const file = await open(temporary, special ? "w" : "wx", 0o600);
    try {
      for await (const piece of content) await file.writeFile(piece);
      if (!special) await file.sync();
    } finally {
      await file.close();
    }
    if (!special) await rename(temporary, path);
  } catch (error) {
    if (!special) await rm(temporary, { force: true });
    const errno = errnoOf(error);
    if (error instanceof BoxError || errno === undefined) throw error;
    throw new BoxError(
      "invalid-file",
      `${flag} ${quote(path)} cannot be written: ${REASONS[errno] ?? errno}`,
      {
        exitCode: 1,
        cause: error,
      },
    );
  } finally {
    done();
  }
}

/**
 * Writes to stdout at the pace at which it is read. A pipeline would close stdout when the source fails, and that end
 * would be taken for the reader's.
 */
async function writeToStdout(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of content) {
    if (!process.stdout.write(piece)) await once(process.stdout, "drain");
  }
}

/** Writes to the file of `-o`, or to stdout. @throws as `writeOutputFile` */
export function writeOutput(path: string | undefined, content: AsyncIterable<Uint8Array>): Promise<void> {
  return path === undefined ? writeToStdout(content) : writeOutputFile(path, "-o", content);
}
