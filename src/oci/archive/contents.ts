import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { BoxError, errnoOf } from "../../errors.js";
import { piecesUntil } from "../../host/abort.js";
import { heldPath, O_PATH } from "../../host/held.js";
import { badArchive } from "./bad-archive.js";

/** Bytes that can be read any number of times. */
export interface Content {
  /** Bytes. */
  size: number;
  /** @throws BoxError bad-archive if it ends early; system errors */
  read: () => AsyncGenerator<Buffer, void, undefined>;
}

/** The files of an archive (a folder or a tar), by name. */
export interface Contents {
  /** For messages. */
  what: string;
  /** Undefined if there is no such file. @param name relative to the archive; never leads out of it */
  find(name: string): Promise<Content | undefined>;
  close(): Promise<void>;
}

const PIECE = 2 ** 18;

/** @param what name of the file in messages */
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

/** Reads all of a small content. @throws BoxError bad-archive if it is larger than `limit` bytes */
export async function readWhole({ size, read }: Content, limit: number, what: string): Promise<Buffer> {
  if (size > limit) throw badArchive(what, `a document in it has ${size} bytes; the limit is ${limit}`);
  const chunks: Buffer[] = [];
  for await (const chunk of read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Computes the digest of a content. @throws as its `read`; the signal's reason */
export async function hashContent({ read }: Content, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of piecesUntil(signal, read())) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}

/**
 * Opens a folder as an archive. Symbolic links in it are followed, even out of it, because the content is verified by
 * digest. A file's type is checked before it is opened, because opening a device or a pipe has side effects.
 */
export function openFolder(path: string): Contents {
  const openFile = async (name: string): Promise<{ file: FileHandle; size: number } | undefined> => {
    // Names come from untrusted documents.
    if (name.split("/").some((part) => part === "" || part === "..")) return undefined;
    let held: number | undefined;
    try {
      held = openSync(join(path, name), O_PATH);
      const stats = fstatSync(held);
      if (!stats.isFile()) throw badArchive(path, `${name} is not a file`);
      return { file: await open(heldPath(held), constants.O_RDONLY), size: stats.size };
    } catch (error) {
      if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
      if (error instanceof BoxError) throw error;
      throw badArchive(path, `${name} cannot be read (${errnoOf(error) ?? "error"})`, error);
    } finally {
      if (held !== undefined) closeSync(held);
    }
  };
  return {
    what: path,
    find: async (name) => {
      const found = await openFile(name);
      if (!found) return undefined;
      await found.file.close();
      return {
        size: found.size,
        read: async function* () {
          const again = await openFile(name);
          if (!again) throw badArchive(path, `${name} no longer exists`);
          try {
            yield* readRange(again.file, 0, found.size, join(path, name));
          } finally {
            await again.file.close();
          }
        },
      };
    },
    close: () => Promise.resolve(),
  };
}
