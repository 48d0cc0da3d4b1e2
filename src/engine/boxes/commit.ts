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
  /** Comment in the image's history. */
  message?: string | undefined;
  /** Changes to the image's configuration, which otherwise is what the box was run with. */
  changes?: Change[] | undefined;
  /** Whether programs that write to the box's root are blocked during the commit (default: true). */
  pause?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Creates an image from a box: the box's image plus one layer with the box's changes. Evicts other images if the store
 * exceeds its limits.
 * @returns the image's ID
 * @throws BoxError no-such-box, ambiguous-id, invalid-reference, archive-failed, and errors of offline sessions
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
  // The disk's path is STORE/images/DIGEST/disk.vmdk; the box may use another store than the engine.
  const base = await readBase(record.image.digest, join(dirname(record.image.disk), "..", ".."));
  const config = committedConfig(record, base.config);
  const parameters = {
    config: applyChanges(config, changes),
    createdBy: (config.Cmd ?? []).join(" "),
    author,
    message,
    name: reference,
  };
  return withLeases(store, signal, async (leased) => {
    const { id } = await withFiles(
      home,
      box,
      "read",
      (connect) => {
        const files = archiveBox(connect, pause ? "still-changes" : "changes");
        return commitImage(leased, base, files, `the files of box ${record.name}`, parameters);
      },
      signal,
    );
    recordBoxEvent(home, record, "commit", { imageID: id, imageRef: name ?? "", comment: message ?? "" });
    await afterPull(leased, cache, false);
    return id;
  });
}
