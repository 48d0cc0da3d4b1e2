import type { FileEntry, FileEvent, WatchOptions } from "../engine/boxes.js";
import type { Engine } from "../engine/engine.js";
import { BoxError } from "../errors.js";
import { hostPath as onHost } from "./door.js";
import { decodeWhole, type Encoding, type Text } from "./encoding.js";
import { check, checkHostPath, checkPath, FILES } from "./valid.js";
import { readWhole } from "./whole-file.js";

export type { FileEntry, FileEvent, WatchOptions };

export interface SignalOptions {
  /** Gives up. */
  signal?: AbortSignal | undefined;
}

export interface MkdirOptions extends SignalOptions {
  /** Folders on the way that are missing are made; one that is there already is no error. */
  parents?: boolean | undefined;
  mode?: number | undefined;
}

export interface WriteOptions extends SignalOptions {
  /** Of a new file; 0o644 unless given. */
  mode?: number | undefined;
  /** Adds to a file, in place of replacing it. */
  append?: boolean | undefined;
}

export interface RemoveFileOptions extends SignalOptions {
  /** Removes a folder with all that is in it. */
  recursive?: boolean | undefined;
  /** What is not there is no error. */
  force?: boolean | undefined;
}

export interface TransferOptions {
  /** Copies what a link that is named as the source leads to. */
  follow?: boolean | undefined;
  /** Keeps uids and gids; else what is copied is root's in the box, and the caller's on the host. */
  keepOwners?: boolean | undefined;
}

/** What a file can be made of. */
export type Content = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/**
 * Files of a box, by absolute paths, as its programs see them and with the rights of its root; also of a box that does not
 * run. Errors are BoxErrors such as no-such-path.
 */
export interface Files {
  /** What is in a file. */
  read: {
    (path: string, options?: SignalOptions): Promise<Buffer>;
    <E extends Encoding>(path: string, encoding: E, options?: SignalOptions): Promise<Text<E>>;
  };
  /** The same, piece by piece. */
  readStream: (path: string, options?: SignalOptions) => AsyncIterable<Uint8Array>;
  /** Makes or replaces a file: it is whole, or as it was before. */
  write: (path: string, content: Content, options?: WriteOptions) => Promise<void>;
  /** What is in a folder, in the order of names. */
  list: (path: string, options?: SignalOptions) => Promise<FileEntry[]>;
  /** What is at a path; a link at its end is itself meant. */
  stat: (path: string, options?: SignalOptions) => Promise<FileEntry>;
  mkdir: (path: string, options?: MkdirOptions) => Promise<void>;
  remove: (path: string, options?: RemoveFileOptions) => Promise<void>;
  /** Replaces a file, or an empty folder, that has the new name. */
  rename: (from: string, to: string, options?: SignalOptions) => Promise<void>;
  /** What happens to a file, or to what is in a folder, until it has gone or the signal comes. */
  watch: (path: string, options?: WatchOptions) => AsyncIterable<FileEvent>;
  /** Copies a file or folder of the host into the box, as `box cp` does. @returns bytes of all files */
  upload: (hostPath: string, path: string, options?: TransferOptions) => Promise<number>;
  /** Copies a file or folder of the box to the host, as `box cp` does. @returns bytes of all files */
  download: (path: string, hostPath: string, options?: TransferOptions) => Promise<number>;
}

function isPieces(content: unknown): content is AsyncIterable<string | Uint8Array> {
  return typeof content === "object" && content !== null && Symbol.asyncIterator in content;
}

function notContent(): BoxError {
  return new BoxError("invalid-option", "is neither text, bytes nor an async iterable of these", {
    subject: "content",
  });
}

function toBytes(piece: unknown): Uint8Array {
  if (typeof piece === "string") return Buffer.from(piece);
  if (piece instanceof Uint8Array) return piece;
  throw notContent();
}

async function* eachToBytes(pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield toBytes(piece);
}

export function openFiles({ boxes }: Engine, id: string): Files {
  const { files } = boxes;
  async function read(path: string, options?: SignalOptions): Promise<Buffer>;
  async function read<E extends Encoding>(
    path: string,
    encoding: E,
    options?: SignalOptions,
  ): Promise<Text<E>>;
  async function read(path: string, how: Encoding | SignalOptions = {}, options: SignalOptions = {}) {
    const [encoding, given] = typeof how === "string" ? [how, options] : (["buffer", how] as const);
    checkPath(path);
    check(FILES.read, { ...given, encoding }, "read");
    const source = {
      read: () => files.read(id, path, { ...given }),
      size: async () => (await files.stat(id, path, { ...given, follow: true })).size,
    };
    return decodeWhole(await readWhole(source, path, encoding), encoding);
  }
  return {
    read,
    readStream: (path, options = {}) => {
      checkPath(path);
      check(FILES.other, options, "readStream");
      return files.read(id, path, options);
    },
    write: async (path, content, options = {}) => {
      checkPath(path);
      check(FILES.write, options, "write");
      const isWhole = typeof content === "string" || content instanceof Uint8Array;
      if (!isWhole && !isPieces(content)) throw notContent();
      await files.write(id, path, isWhole ? toBytes(content) : eachToBytes(content), options);
    },
    list: async (path, options = {}) => {
      checkPath(path);
      check(FILES.other, options, "list");
      return files.list(id, path, options);
    },
    stat: async (path, options = {}) => {
      checkPath(path);
      check(FILES.other, options, "stat");
      return files.stat(id, path, options);
    },
    mkdir: async (path, options = {}) => {
      checkPath(path);
      check(FILES.mkdir, options, "mkdir");
      return files.mkdir(id, path, options);
    },
    remove: async (path, options = {}) => {
      checkPath(path);
      check(FILES.remove, options, "remove");
      return files.remove(id, path, options);
    },
    rename: async (from, to, options = {}) => {
      checkPath(from, "from");
      checkPath(to, "to");
      check(FILES.other, options, "rename");
      return files.rename(id, from, to, options);
    },
    watch: (path, options = {}) => {
      checkPath(path);
      check(FILES.watch, options, "watch");
      return files.watch(id, path, options);
    },
    upload: async (hostPath, path, options = {}) => {
      checkHostPath(hostPath);
      checkPath(path);
      check(FILES.transfer, options, "upload");
      return boxes.copyIn(onHost(hostPath), id, path, options);
    },
    download: async (path, hostPath, options = {}) => {
      checkPath(path);
      checkHostPath(hostPath);
      check(FILES.transfer, options, "download");
      return boxes.copyOut(id, path, onHost(hostPath), options);
    },
  };
}
