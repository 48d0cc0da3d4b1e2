import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf } from "../../config/errors.js";
import { badArchive } from "./bad-archive.js";

/** The bytes of something, to be read as often as need be. */
export interface Content {
  /** Bytes. */
  size: number;
  /** @throws BoxError bad-archive when it ends early; system errors */
  read: () => AsyncGenerator<Buffer, void, undefined>;
}

/** What is in an archive, by its name there: a folder or a tar. */
export interface Contents {
  /** For messages. */
  what: string;
  /** Undefined when there is no such file. @param name without `..`; never taken for a path elsewhere */
  find(name: string): Promise<Content | undefined>;
  close(): Promise<void>;
}

const PIECE = 2 ** 18;

/** @param what names the file in messages */
export async function* readRange(
  file: FileHandle,
  offset: number,
  length: number,
  what: string,
): AsyncGenerator<Buffer, void, undefined> {
  for (let done = 0; done < length;) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE, length - done));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset + done);
    if (bytesRead === 0) throw badArchive(what, `it ends at byte ${offset + done}`);
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** All of a small content. @throws BoxError bad-archive when it is larger than `limit` bytes */
export async function readWhole({ size, read }: Content, limit: number, what: string): Promise<Buffer> {
  if (size > limit) throw badArchive(what, `a document in it has ${size} bytes; at most ${limit} are taken`);
  const chunks: Buffer[] = [];
  for await (const chunk of read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The digest of a content. @throws as its `read` */
export async function hashContent({ read }: Content): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of read()) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}

/** A folder. What its owner links from elsewhere is read as well: the content is held to its digest. */
export function openFolder(path: string): Contents {
  const openFile = async (name: string): Promise<FileHandle | undefined> => {
    try {
      // A FIFO must not hold the command up.
      return await open(join(path, name), constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
      throw badArchive(path, `${name} cannot be read (${errnoOf(error) ?? "error"})`, error);
    }
  };
  return {
    what: path,
    find: async (name) => {
      const file = await openFile(name);
      if (!file) return undefined;
      const stat = await file.stat();
      await file.close();
      if (!stat.isFile()) throw badArchive(path, `${name} is not a file`);
      return {
        size: stat.size,
        read: async function* () {
          const again = await openFile(name);
          if (!again) throw badArchive(path, `${name} is gone`);
          try {
            yield* readRange(again, 0, stat.size, join(path, name));
          } finally {
            await again.close();
          }
        },
      };
    },
    close: () => Promise.resolve(),
  };
}
