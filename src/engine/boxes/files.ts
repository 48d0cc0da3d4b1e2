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
  /** Gives up; the verb fails with its reason. */
  signal?: AbortSignal | undefined;
}

export interface FileStatOptions extends FilesOptions {
  /** Of a link at the end of the path: what it leads to. */
  follow?: boolean | undefined;
}

/*
 * Files of a box as its programs see them, volumes and tmpfs included, with the rights of its root. Of a box that does
 * not run they are reached as `copyIn` and `copyOut` do. All throw BoxError no-such-box, ambiguous-id, those of
 * docs/errors.md, "Files of a box", and what an offline session throws.
 */

/** What is in a folder, in the order of names. */
export async function list(
  context: Context,
  ref: BoxRef,
  path: string,
  { signal }: FilesOptions = {},
): Promise<FileEntry[]> {
  return withFilesOf(context, ref, "read", signal, (connect) => verbs.list(connect, path, signal));
}

/** The same one by one, as the folder has them, for folders with more entries than fit into memory. */
export function entries(
  context: Context,
  ref: BoxRef,
  path: string,
  { signal }: FilesOptions = {},
): AsyncIterable<FileEntry> {
  return readFilesOf(context, ref, signal, (connect, gone) => verbs.entries(connect, path, gone));
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

/** What is in a file, piece by piece. */
export function read(
  context: Context,
  ref: BoxRef,
  path: string,
  { signal, ...range }: ReadOptions = {},
): AsyncIterable<Uint8Array> {
  return readFilesOf(context, ref, signal, (connect, gone) =>
    content.read(connect, path, { ...range, signal: gone }),
  );
}

/** Makes or replaces a file: it is whole, or as it was before. */
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
 * What happens to a folder, or a file, of a box that has to run, until it has gone. Changes of a volume that others than
 * the box make are not seen.
 */
export async function* watch(
  context: Context,
  ref: BoxRef,
  path: string,
  { signal, ...options }: WatchOptions = {},
): AsyncGenerator<FileEvent> {
  const box = await resolveBox(context, ref);
  const open = () => connect(context.home, box);
  yield* iterate<FileEvent>(async (emit, gone) => {
    for await (const event of watchFiles(open, path, { ...options, signal: gone })) await emit(event);
  }, signal);
}
