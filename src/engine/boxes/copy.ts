import { checkAbsolute } from "../../host/absolute.js";
import { piecesUntil } from "../../host/abort.js";
import { copyFromBox, copyToBox, packFromBox, unpackInBox } from "../../vm/copy/copy.js";
import type { BoxRef, Context } from "../context.js";
import { readFilesOf, withFilesOf } from "./files-of.js";

export interface CopyOptions {
  /** Copies what a link that is named as the source leads to. */
  follow?: boolean | undefined;
  /** Keeps uids and gids; else what is copied is root's in the box, and the caller's on the host. */
  keepOwners?: boolean | undefined;
  /** Ends it. What has been copied by then stays; in the box, the last file perhaps in part. */
  signal?: AbortSignal | undefined;
}

function flagsOf({ warn }: Context, { follow = false, keepOwners = false }: CopyOptions) {
  return { follow, keepOwners, warn };
}

/**
 * Copies a file or folder of the host into a box.
 * @param source absolute path
 * @returns bytes of all files
 * @throws BoxError no-such-box, ambiguous-id, relative-path, no-such-path, copy-failed, and what an offline session throws
 */
export async function copyIn(
  context: Context,
  source: string,
  ref: BoxRef,
  path: string,
  options: CopyOptions = {},
): Promise<number> {
  checkAbsolute(source, "source");
  return withFilesOf(context, ref, "write", options.signal, (connect) =>
    copyToBox(source, connect, path, flagsOf(context, options)),
  );
}

/**
 * Copies a file or folder of a box to the host.
 * @param destination absolute path
 * @returns bytes of all files
 * @throws BoxError as `copyIn`; disk-full
 */
export async function copyOut(
  context: Context,
  ref: BoxRef,
  path: string,
  destination: string,
  options: CopyOptions = {},
): Promise<number> {
  checkAbsolute(destination, "destination");
  return withFilesOf(context, ref, "read", options.signal, (connect) =>
    copyFromBox(connect, path, destination, flagsOf(context, options)),
  );
}

/** A tar of a file or folder of a box. @throws BoxError as `copyOut` */
export function pack(
  context: Context,
  ref: BoxRef,
  path: string,
  { follow = false, signal }: CopyOptions = {},
): AsyncIterable<Uint8Array> {
  return readFilesOf(context, ref, signal, (connect) => packFromBox(connect, path, follow));
}

/** Unpacks a tar in a folder of a box; owners are the tar's. @throws BoxError as `copyIn`; what `tar` throws */
export async function unpack(
  context: Context,
  ref: BoxRef,
  path: string,
  tar: AsyncIterable<Uint8Array>,
  { signal }: Pick<CopyOptions, "signal"> = {},
): Promise<void> {
  await withFilesOf(context, ref, "write", signal, (connect) =>
    unpackInBox(piecesUntil(signal, tar), connect, path),
  );
}
