import type { Image } from "../image.js";
import type { Reference } from "../../config/syntax/reference.js";
import { piecesUntil } from "../../host/abort.js";
import { explainWriteFailure } from "../../host/write-failure.js";
import { lease } from "../store/lease.js";
import { writeParent } from "../store/parent.js";
import { createWorkspace, sweepWorkspaces } from "../store/workspace.js";
import { adoptLayers, type Base } from "./base.js";
import { addImage, addLayer, describeLayer } from "./new-image.js";
import type { RunConfig } from "./run-config.js";
import type { Store } from "../store/store.js";

export interface CommitOptions {
  /** `config` of the new image's configuration. */
  config: RunConfig;
  /** `created_by` in the image's history. */
  createdBy: string;
  author: string | undefined;
  message: string | undefined;
  name: Reference | undefined;
}

/**
 * Creates an image from another one and a layer on top. If the layer is empty, the image has only the other's layers.
 * @param changes the layer, a tar (OCI image-spec, layer.md)
 * @param what name of the layer in messages
 * @throws BoxError bad-layer, disk-full, and errors of `changes`
 */
export async function commitImage(
  store: Store,
  base: Base,
  changes: AsyncIterable<Uint8Array>,
  what: string,
  { config, createdBy, author, message, name }: CommitOptions,
): Promise<Image> {
  await sweepWorkspaces(store);
  const workspace = await createWorkspace(store);
  try {
    await lease(store, base.diffIds);
    await adoptLayers(store, base, workspace);
    const layer = await addLayer(store, piecesUntil(store.signal, changes), what, workspace);
    const isEmpty = layer.entries.length === 0;
    const created = new Date().toISOString();
    const by = author === undefined ? {} : { author };
    const step = {
      created,
      created_by: createdBy,
      ...by,
      ...(message === undefined ? {} : { comment: message }),
      ...(isEmpty ? { empty_layer: true } : {}),
    };
    const image = await addImage(
      store,
      {
        created,
        ...by,
        ...base.platform,
        config,
        rootfs: { type: "layers", diff_ids: [...base.diffIds, ...(isEmpty ? [] : [layer.diffId])] },
        history: [...base.history, step],
      },
      [...base.layers, ...(isEmpty ? [] : [describeLayer(layer)])],
      name,
      workspace,
    );
    await writeParent(store, image.digest, base.digest);
    return image;
  } catch (error) {
    throw explainWriteFailure(error, store.root);
  } finally {
    await workspace.remove();
  }
}
