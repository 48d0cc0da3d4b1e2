import { iterate } from "../../host/iterate.js";
import { archiveBox } from "../../vm/box/archive.js";
import { recordBoxEvent } from "../../vm/box/event.js";
import { withFiles } from "../../vm/box/with-files.js";
import type { BoxRef, Context } from "../context.js";
import { resolveBox } from "./resolve.js";

export interface ExportOptions {
  signal?: AbortSignal | undefined;
}

/**
 * Streams a tar archive of all files of a box as its programs see them, without volumes and other mounts.
 * @throws BoxError no-such-box, ambiguous-id, archive-failed, and errors of offline sessions
 */
export async function* exportBox(
  context: Context,
  ref: BoxRef,
  { signal }: ExportOptions = {},
): AsyncGenerator<Uint8Array> {
  const { home } = context;
  const box = await resolveBox(context, ref);
  yield* iterate<Uint8Array>(
    (emit) =>
      withFiles(
        home,
        box,
        "read",
        async (connect) => {
          for await (const piece of archiveBox(connect, "root")) await emit(piece);
        },
        signal,
      ),
    signal,
  );
  recordBoxEvent(home, box.record, "export");
}
