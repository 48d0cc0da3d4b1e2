import { iterate } from "../../host/iterate.js";
import { connect } from "../../vm/box/connect.js";
import * as content from "../../vm/files/content.js";
import type { ReadOptions, WriteOptions } from "../../vm/files/content.js";
import type { FileEntry } from "../../vm/files/entries.js";
import type { FileEvent } from "../../vm/files/events.js";
import * as verbs from "../../vm/files/verbs.js";
import type { MkdirOptions, RemoveOptions } from "../../vm/files/verbs.js";
import { watch as watchFiles, type WatchOptions } from "../../vm/files/watch.js";
import type { BoxRef, Context } from "../context.js";
import { readFilesOf, withFilesOf } from "./files-of.js";
import { resolveBox } from "./resolve.js";

export type { FileEntry, FileEvent, MkdirOptions, ReadOptions, RemoveOptions, WatchOptions, WriteOptions };

export interface FilesOptions {
  /** Aborts the operation, which rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface FileStatOptions extends FilesOptions {
  /** If the path is a symbolic link, describes its target. */
  follow?: boolean | undefined;
}

/*
 * Access to the files of a box as its programs see them, including volumes and tmpfs, with the permissions of its root
 * user. If the box is not running, this opens an offline session, as `copyIn` and `copyOut` do. All functions throw
 * BoxError no-such-box, ambiguous-id, those listed in docs/errors.md, "Files of a box", and errors of offline sessions.
 */

/** Lists a directory, sorted by name. */
export async function list(
  context: Context,
  ref: BoxRef,
  path: string,
  { signal }: FilesOptions = {},
): Promise<FileEntry[]> {
  return withFilesOf(context, ref, "read", signal, (connect) => verbs.list(connect, path, signal));
}

/** Iterates over a directory in its own order, even if it has more entries than fit into memory. */
export function entries(
  context: Context,
  ref: BoxRef,
  path: string,
  { signal }: FilesOptions = {},
): AsyncIterable<FileEntry> {
  return readFilesOf(context, ref, signal, (connect, ended) => verbs.entries(connect, path, ended));
}

export async function stat(
  context: Context,
  ref: BoxRef,
  path: string,
  options?: FileStatOptions,
): Promise<FileEntry> {
  return withFilesOf(context, ref, "read", options?.signal, (connect) => verbs.stat(connect, path, options));
}

export async function mkdir(
  context: Context,
  ref: BoxRef,
  path: string,
  options?: MkdirOptions,
): Promise<void> {
  await withFilesOf(context, ref, "write", options?.signal, (connect) => verbs.mkdir(connect, path, options));
}

export async function remove(
  context: Context,
  ref: BoxRef,
  path: string,
  options?: RemoveOptions,
): Promise<void> {
  await withFilesOf(context, ref, "write", options?.signal, (connect) =>
    verbs.remove(connect, path, options),
  );
}

export async function rename(
  context: Context,
  ref: BoxRef,
  from: string,
  to: string,
  { signal }: FilesOptions = {},
): Promise<void> {
  await withFilesOf(context, ref, "write", signal, (connect) => verbs.rename(connect, from, to, signal));
}

/** Reads a file in chunks. */
export function read(
  context: Context,
  ref: BoxRef,
  path: string,
  { signal, ...range }: ReadOptions = {},
): AsyncIterable<Uint8Array> {
  return readFilesOf(context, ref, signal, (connect, ended) =>
    content.read(connect, path, { ...range, signal: ended }),
  );
}

/** Creates or replaces a file atomically: if this fails, the file is unchanged. */
export async function write(
  context: Context,
  ref: BoxRef,
  path: string,
  data: AsyncIterable<Uint8Array> | Uint8Array,
  options?: WriteOptions,
): Promise<void> {
  await withFilesOf(context, ref, "write", options?.signal, (connect) =>
    content.write(connect, path, data, options),
  );
}

/**
 * Iterates over changes to a directory or file of a running box, until it is removed. Changes to a volume that are made
 * outside the box are not reported.
 */
export async function* watch(
  context: Context,
  ref: BoxRef,
  path: string,
  { signal, ...options }: WatchOptions = {},
): AsyncGenerator<FileEvent> {
  const box = await resolveBox(context, ref);
  const open = () => connect(context.home, box);
  yield* iterate<FileEvent>(async (emit, ended) => {
    for await (const event of watchFiles(open, path, { ...options, signal: ended })) await emit(event);
  }, signal);
}
