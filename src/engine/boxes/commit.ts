import { dirname, join } from "node:path";
import type { Change } from "../../config/syntax/change.js";
import { readBase } from "../../oci/make/base.js";
import { commitImage } from "../../oci/make/commit.js";
import { withLeases } from "../../oci/store/lease.js";
import { applyChanges } from "../../oci/make/run-config.js";
import { parseNewName } from "../../config/syntax/reference.js";
import { archiveBox } from "../../vm/box/archive.js";
import { committedConfig } from "../../vm/box/committed-config.js";
import { recordBoxEvent } from "../../vm/box/event.js";
import { withFiles } from "../../vm/box/with-files.js";
import type { BoxRef, Context } from "../context.js";
import { afterPull } from "../images/after-pull.js";
import { resolveBox } from "./resolve.js";

export interface CommitOptions {
  /** `NAME[:TAG]` of the image. */
  name?: string | undefined;
  author?: string | undefined;
  /** What the image's history says of it. */
  message?: string | undefined;
  /** To its configuration, which is what the box was run with. */
  changes?: Change[] | undefined;
  /** Whether the box's programs wait when they write to its root meanwhile; true unless said. */
  pause?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Makes an image of a box: its own with one layer more, what the box has changed. The store is kept within its limits.
 * @returns its id
 * @throws BoxError no-such-box, ambiguous-id, invalid-reference, archive-failed, and what an offline session throws
 */
export async function commit(
  context: Context,
  ref: BoxRef,
  { name, author, message, changes = [], pause = true, signal }: CommitOptions = {},
): Promise<string> {
  const { home } = context;
  const reference = name === undefined ? undefined : parseNewName(name);
  const { store, cache } = await context.images();
  const box = await resolveBox(context, ref);
  const { record } = box;
  // The store that the box's image is in: STORE/images/DIGEST/disk.vmdk.
  const base = await readBase(record.image.digest, join(dirname(record.image.disk), "..", ".."));
  const config = committedConfig(record, base.config);
  const making = {
    config: applyChanges(config, changes),
    createdBy: (config.Cmd ?? []).join(" "),
    author,
    message,
    name: reference,
  };
  return withLeases(store, signal, async (held) => {
    const { id } = await withFiles(
      home,
      box,
      "read",
      (connect) => {
        const files = archiveBox(connect, pause ? "still-changes" : "changes");
        return commitImage(held, base, files, `the files of box ${record.name}`, making);
      },
      signal,
    );
    recordBoxEvent(home, record, "commit", { imageID: id, imageRef: name ?? "", comment: message ?? "" });
    await afterPull(held, cache, false);
    return id;
  });
}
