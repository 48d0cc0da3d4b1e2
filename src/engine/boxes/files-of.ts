import { iterate } from "../../host/iterate.js";
import { withFiles } from "../../vm/box/with-files.js";
import type { Connect, Purpose } from "../../vm/offline-session.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

/**
 * Accesses the files of a box, running or not.
 * @throws BoxError no-such-box, ambiguous-id, and errors of offline sessions
 */
export async function withFilesOf<T>(
  context: Context,
  ref: BoxRef,
  purpose: Purpose,
  signal: AbortSignal | undefined,
  use: (connect: Connect) => Promise<T>,
): Promise<T> {
  return withFiles(context.home, await resolveBox(context, ref), purpose, use, signal);
}

/**
 * Iterates over results read from the files of a box.
 * @param open gets a signal that is aborted when the iteration ends early
 * @throws BoxError as `withFilesOf`
 */
export function readFilesOf<T>(
  context: Context,
  ref: BoxRef,
  signal: AbortSignal | undefined,
  open: (connect: Connect, ended: AbortSignal) => AsyncIterable<T>,
): AsyncIterable<T> {
  return iterate<T>(
    (emit, ended) =>
      withFilesOf(context, ref, "read", signal, async (connect) => {
        for await (const piece of open(connect, ended)) await emit(piece);
      }),
    signal,
  );
}
