import type { FileHandle } from "node:fs/promises";
import { posix } from "node:path";
import { BoxError } from "../../errors.js";
import type { Entry } from "../index/entry.js";
import { createTarIndexer } from "../index/tar-indexer.js";
import { badArchive } from "./bad-archive.js";
import { readRange, type Content, type Contents } from "./contents.js";

const HEADERS = 2 ** 16;
const MOST_LINKS = 8;
const HOLE = Buffer.alloc(2 ** 16);

/** Normalizes a name; undefined if it leads out of the archive. */
function clean(name: string): string | undefined {
  const path = posix.normalize(name).replace(/\/$/, "");
  return path.startsWith("/") || path === ".." || path.startsWith("../") ? undefined : path;
}

/** Reads the headers, skipping the data between them. */
async function readEntries(file: FileHandle, size: number): Promise<Entry[]> {
  const indexer = createTarIndexer();
  const buffer = Buffer.allocUnsafe(HEADERS);
  for (let at = 0; at < size;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) break;
    indexer.push(buffer.subarray(0, bytesRead));
    at += bytesRead + indexer.passOver();
  }
  return indexer.end();
}

/**
 * Opens an uncompressed tar as an archive. It is never unpacked: names only serve to look up content, so `..`, absolute
 * names and devices do no harm. Links inside it are followed, because old versions of Docker write them.
 * @param file is closed with the archive, or if opening it fails
 * @throws BoxError bad-archive
 */
export async function openTar(file: FileHandle, what: string): Promise<Contents> {
  const { size } = await file.stat();
  let entries: Entry[];
  try {
    entries = await readEntries(file, size);
  } catch (error) {
    await file.close();
    if (error instanceof BoxError) throw badArchive(what, error.message, error);
    throw error;
  }
  const byName = new Map<string, Entry>();
  for (const entry of entries) {
    const name = clean(entry.path);
    if (name === undefined || entry.type === "directory") continue;
    const last = entry.segments.at(-1);
    if (last && last.tarOffset + last.length > size) throw badArchive(what, `it ends inside ${name}`);
    // Tools differ in which of two files with the same name they use. Blobs are verified, but these are not.
    if (byName.has(name) && name.endsWith(".json")) throw badArchive(what, `it has ${name} twice`);
    byName.set(name, entry);
  }

  function follow(name: string): Entry | undefined {
    let at: string | undefined = name;
    for (let links = 0; at !== undefined && links <= MOST_LINKS; links++) {
      const entry = byName.get(at);
      if (entry?.type === "symlink") at = clean(posix.join(posix.dirname(at), entry.linkTarget));
      else if (entry?.type === "hardlink") at = clean(entry.linkTarget);
      else return entry;
    }
    return undefined;
  }

  async function* read({ size: bytes, segments }: Entry): AsyncGenerator<Buffer, void, undefined> {
    let done = 0;
    const fill = function* (to: number): Generator<Buffer> {
      for (; done < to; done += Math.min(HOLE.length, to - done)) yield HOLE.subarray(0, to - done);
    };
    for (const { fileOffset, tarOffset, length } of segments) {
      yield* fill(fileOffset);
      yield* readRange(file, tarOffset, length, what);
      done += length;
    }
    yield* fill(bytes);
  }

  return {
    what,
    find: (name) => {
      const entry = follow(name);
      if (!entry) return Promise.resolve(undefined);
      if (entry.type !== "file") return Promise.reject(badArchive(what, `${name} is not a file`));
      const content: Content = { size: entry.size, read: () => read(entry) };
      return Promise.resolve(content);
    },
    close: () => file.close(),
  };
}
