import { iterate } from "../../host/iterate.js";
import { withFiles } from "../../vm/box/with-files.js";
import type { Connect, Purpose } from "../../vm/offline-session.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

/** Works with the files of a box, whether or not it runs. @throws BoxError no-such-box, ambiguous-id, and what an offline session throws */
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
 * Reads from the files of a box what can be iterated over.
 * @param open its signal tells it that nobody wants more
 * @throws BoxError as `withFilesOf`
 */
export function readFilesOf<T>(
  context: Context,
  ref: BoxRef,
  signal: AbortSignal | undefined,
  open: (connect: Connect, gone: AbortSignal) => AsyncIterable<T>,
): AsyncIterable<T> {
  return iterate<T>(
    (emit, gone) =>
      withFilesOf(context, ref, "read", signal, async (connect) => {
        for await (const piece of open(connect, gone)) await emit(piece);
      }),
    signal,
  );
}
