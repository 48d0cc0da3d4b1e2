import type { Change } from "../../config/syntax/change.js";
import { BoxError } from "../../errors.js";
import type { Image } from "../image.js";
import { piecesUntil } from "../../host/abort.js";
import { isDecompressionError } from "../compression/decompress.js";
import { decompressedByProgram } from "../compression/programs.js";
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
  for await (const chunk of source) {
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes === 0) throw badLayer("the archive is empty");
}

/** Decompresses what the tools for layers do not, which are those of registries. */
async function* asLayer(
  source: AsyncIterable<Uint8Array>,
  path: string | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* await decompressedByProgram(source, path);
  } catch (error) {
    if (!isDecompressionError(error)) throw error;
    throw badLayer(`decompression failed: ${error.message}`);
  }
}

/**
 * Creates an image from a tar of files, which becomes its only layer, unchanged.
 * @param source the tar, uncompressed or compressed with gzip, bzip2, xz or zstd
 * @param what its name in messages
 * @throws BoxError invalid-change, bad-layer, unsupported-compression, disk-full, and errors of `source`
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
    const tar = asLayer(notEmpty(piecesUntil(store.signal, source)), store.home.env.PATH);
    const layer = await addLayer(store, tar, what, workspace);
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
        hint: "the archive must be a tar of files, uncompressed or compressed with gzip, bzip2, xz or zstd",
        cause: error,
      });
    }
    throw explainWriteFailure(error, store.root);
  } finally {
    await workspace.remove();
  }
}
