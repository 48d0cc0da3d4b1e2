import type { FileEntry, FileEvent, WatchOptions } from "../engine/boxes.js";
import type { Engine } from "../engine/engine.js";
import { BoxError } from "../errors.js";
import { hostPath as onHost } from "./door.js";
import { decodeWhole, type Encoding, type Text } from "./encoding.js";
import { check, checkHostPath, checkPath, FILES } from "./valid.js";
import { readWhole } from "./whole-file.js";

export type { FileEntry, FileEvent, WatchOptions };

export interface SignalOptions {
  /** Aborts the operation. */
  signal?: AbortSignal | undefined;
}

export interface MkdirOptions extends SignalOptions {
  /** Creates missing parent directories, and accepts a directory that already exists. */
  parents?: boolean | undefined;
  mode?: number | undefined;
}

export interface WriteOptions extends SignalOptions {
  /** Mode of a newly created file (default: 0o644). */
  mode?: number | undefined;
  /** Appends to the file instead of replacing it. */
  append?: boolean | undefined;
}

export interface RemoveFileOptions extends SignalOptions {
  /** Removes a directory and its contents. */
  recursive?: boolean | undefined;
  /** Ignores paths that do not exist. */
  force?: boolean | undefined;
}

export interface TransferOptions {
  /** If the source is a symbolic link, copies its target. */
  follow?: boolean | undefined;
  /** Keeps UIDs and GIDs; otherwise, files belong to root in the box, and to the caller on the host. */
  keepOwners?: boolean | undefined;
}

/** Content to write to a file. */
export type Content = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/**
 * Access to the files of a box, running or not. Paths are absolute and as the box's programs see them; all operations
 * have the permissions of the box's root user. Errors are BoxErrors such as no-such-path.
 */
export interface Files {
  /** Reads a file of up to 1 GiB. */
  read: {
    (path: string, options?: SignalOptions): Promise<Buffer>;
    <E extends Encoding>(path: string, encoding: E, options?: SignalOptions): Promise<Text<E>>;
  };
  /** Reads a file in chunks. */
  readStream: (path: string, options?: SignalOptions) => AsyncIterable<Uint8Array>;
  /** Creates or replaces a file atomically: if this fails, the file is unchanged. */
  write: (path: string, content: Content, options?: WriteOptions) => Promise<void>;
  /** Lists a directory, sorted by name. */
  list: (path: string, options?: SignalOptions) => Promise<FileEntry[]>;
  /** Describes the file at a path; does not follow a symbolic link. */
  stat: (path: string, options?: SignalOptions) => Promise<FileEntry>;
  mkdir: (path: string, options?: MkdirOptions) => Promise<void>;
  remove: (path: string, options?: RemoveFileOptions) => Promise<void>;
  /** Renames a file or directory, replacing a file or empty directory at the new path. */
  rename: (from: string, to: string, options?: SignalOptions) => Promise<void>;
  /** Iterates over changes to a file, or to the entries of a directory, until it is removed or the signal aborted. */
  watch: (path: string, options?: WatchOptions) => AsyncIterable<FileEvent>;
  /** Copies a file or directory from the host into the box, as `box cp` does. @returns total bytes in files */
  upload: (hostPath: string, path: string, options?: TransferOptions) => Promise<number>;
  /** Copies a file or directory from the box to the host, as `box cp` does. @returns total bytes in files */
  download: (path: string, hostPath: string, options?: TransferOptions) => Promise<number>;
}

function isIterable(content: unknown): content is AsyncIterable<string | Uint8Array> {
  return typeof content === "object" && content !== null && Symbol.asyncIterator in content;
}

function invalidContent(): BoxError {
  return new BoxError("invalid-option", "is not a string, bytes or an async iterable of these", {
    subject: "content",
  });
}

function toBytes(piece: unknown): Uint8Array {
  if (typeof piece === "string") return Buffer.from(piece);
  if (piece instanceof Uint8Array) return piece;
  throw invalidContent();
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
      if (!isWhole && !isIterable(content)) throw invalidContent();
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
