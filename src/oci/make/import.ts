import type { Change } from "../../config/syntax/change.js";
import { BoxError } from "../../errors.js";
import type { Image } from "../image.js";
import { piecesUntil } from "../../host/abort.js";
import { badLayer } from "../index/bad-layer.js";
import type { Platform } from "../../config/syntax/platform.js";
import type { Reference } from "../../config/syntax/reference.js";
import { explainWriteFailure } from "../../host/write-failure.js";
import { createWorkspace, sweepWorkspaces } from "../store/workspace.js";
import { addImage, addLayer, describeLayer } from "./new-image.js";
import { applyChanges } from "./run-config.js";
import type { Store } from "../store/store.js";

export interface ImportOptions {
  changes: readonly Change[];
  message: string;
  platform: Platform;
  name: Reference | undefined;
}

async function* notEmpty(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of source) {
    bytes += piece.length;
    yield piece;
  }
  if (bytes === 0) throw badLayer("it is empty");
}

/**
 * Makes an image of a tar of files: it becomes the only layer, as it is.
 * @param source the tar, compressed with gzip or zstd or not
 * @param what names it in messages
 * @throws BoxError invalid-change, bad-layer, unsupported-compression, disk-full; what `source` throws
 */
export async function importImage(
  store: Store,
  source: AsyncIterable<Uint8Array>,
  what: string,
  { changes, message, platform, name }: ImportOptions,
): Promise<Image> {
  const config = applyChanges({}, changes);
  await sweepWorkspaces(store);
  const workspace = await createWorkspace(store);
  try {
    const layer = await addLayer(store, notEmpty(piecesUntil(store.signal, source)), what, workspace);
    const created = new Date().toISOString();
    return await addImage(
      store,
      {
        created,
        ...platform,
        config,
        rootfs: { type: "layers", diff_ids: [layer.diffId] },
        history: [{ created, comment: message }],
      },
      [describeLayer(layer)],
      name,
      workspace,
    );
  } catch (error) {
    if (error instanceof BoxError && error.code === "bad-layer") {
      throw new BoxError("bad-layer", error.message, {
        hint: "a tar of files is read, compressed with gzip or zstd or not at all",
        cause: error,
      });
    }
    throw explainWriteFailure(error, store.root);
  } finally {
    await workspace.remove();
  }
}
