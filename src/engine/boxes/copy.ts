import { BoxError } from "../../errors.js";
import { checkAbsolute } from "../../host/absolute.js";
import { piecesUntil } from "../../host/abort.js";
import { copyFromBox, copyToBox, packFromBox, unpackInBox } from "../../vm/copy/copy.js";
import type { BoxRef, Context } from "../context.js";
import { readFilesOf, withFilesOf } from "./files-of.js";

export interface CopyOptions {
  /** If the source is a symbolic link, copies its target. */
  follow?: boolean | undefined;
  /** Keeps UIDs and GIDs; otherwise, files belong to root in the box, and to the caller on the host. */
  keepOwners?: boolean | undefined;
  /** Aborts the copy. Files already copied remain; in the box, the last one may be incomplete. */
  signal?: AbortSignal | undefined;
}

function flagsOf({ warn }: Context, { follow = false, keepOwners = false }: CopyOptions) {
  return { follow, keepOwners, warn };
}

/**
 * Copies a file or directory from the host into a box.
 * @param source absolute path
 * @returns total bytes in files
 * @throws BoxError no-such-box, ambiguous-id, relative-path, no-such-path, copy-failed, and errors of offline sessions
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

/** Docker's words if nothing exists at a path in a box. */
function explain(error: unknown, ref: BoxRef, path: string): unknown {
  if (!(error instanceof BoxError) || error.code !== "no-such-path") return error;
  const name = typeof ref === "string" ? ref : ref.record.name;
  return new BoxError(error.code, `Could not find the file ${path} in container ${name}`, { cause: error });
}

/**
 * Copies a file or directory from a box to the host.
 * @param destination absolute path
 * @returns total bytes in files
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
  const copying = withFilesOf(context, ref, "read", options.signal, (connect) =>
    copyFromBox(connect, path, destination, flagsOf(context, options)),
  );
  return copying.catch((error: unknown) => {
    throw explain(error, ref, path);
  });
}

/** Streams a tar archive of a file or directory of a box. @throws BoxError as `copyOut` */
export async function* pack(
  context: Context,
  ref: BoxRef,
  path: string,
  { follow = false, signal }: CopyOptions = {},
): AsyncGenerator<Uint8Array> {
  try {
    yield* readFilesOf(context, ref, signal, (connect) => packFromBox(connect, path, follow));
  } catch (error) {
    throw explain(error, ref, path);
  }
}

/** Unpacks a tar archive into a directory of a box, with its owners. @throws BoxError as `copyIn`; errors of `tar` */
export async function unpack(
  context: Context,
  ref: BoxRef,
  path: string,
  tar: AsyncIterable<Uint8Array>,
  { signal }: Pick<CopyOptions, "signal"> = {},
): Promise<void> {
  await withFilesOf(context, ref, "write", signal, (connect) =>
    unpackInBox(piecesUntil(signal, tar), connect, path, context.home.env.PATH),
  );
}
