import type { FileEntry, FileEvent, WatchOptions } from "../engine/boxes.js";
import type { Engine } from "../engine/engine.js";
import { BoxError } from "../errors.js";
import { hostPath } from "./door.js";
import { decodeWhole, type Encoding, type Text } from "./encoding.js";

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

const toBytes = (piece: string | Uint8Array) => (typeof piece === "string" ? Buffer.from(piece) : piece);

async function* eachToBytes(pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield toBytes(piece);
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

export function openFiles({ boxes }: Engine, id: string): Files {
  const { files } = boxes;
  async function read(path: string, options?: SignalOptions): Promise<Buffer>;
  async function read<E extends Encoding>(
    path: string,
    encoding: E,
    options?: SignalOptions,
  ): Promise<Text<E>>;
  async function read(path: string, how: Encoding | SignalOptions = {}, options?: SignalOptions) {
    const [encoding, given] = typeof how === "string" ? [how, options] : (["buffer", how] as const);
    return decodeWhole(await collect(files.read(id, path, given)), encoding);
  }
  return {
    read,
    readStream: (path, options) => files.read(id, path, options),
    write: async (path, content, options) => {
      const isWhole = typeof content === "string" || content instanceof Uint8Array;
      if (!isWhole && !isPieces(content))
        throw new BoxError("invalid-option", "content: is neither text, bytes nor an iterable of these");
      await files.write(id, path, isWhole ? toBytes(content) : eachToBytes(content), options);
    },
    list: (path, options) => files.list(id, path, options),
    stat: (path, options) => files.stat(id, path, options),
    mkdir: (path, options) => files.mkdir(id, path, options),
    remove: (path, options) => files.remove(id, path, options),
    rename: (from, to, options) => files.rename(id, from, to, options),
    watch: (path, options) => files.watch(id, path, options),
    upload: (source, path, options) => boxes.copyIn(hostPath(source), id, path, options),
    download: (path, destination, options) => boxes.copyOut(id, path, hostPath(destination), options),
  };
}
