import type { Image } from "../image.js";
import type { PullEvent } from "./event.js";
import { formatPlatform, type Platform } from "../../config/syntax/platform.js";
import { formatReference, type Reference } from "../../config/syntax/reference.js";
import { openRepository } from "../registry/client.js";
import type { Limits } from "../registry/failure.js";
import { resolveImage, type RemoteImage } from "../registry/resolve.js";
import { onAbort } from "../../host/abort.js";
import { explainWriteFailure } from "../../host/write-failure.js";
import { lease } from "../store/lease.js";
import { keepIndexes } from "../store/indexes.js";
import { lock } from "../../host/lock.js";
import type { Verify } from "../verify/verify.js";
import { hex, lockFile } from "../store/paths.js";
import { readWholeRecord, toImage, touchImage, type ImageRecord } from "../store/record.js";
import { writeTag } from "../store/tags.js";
import { createWorkspace, sweepWorkspaces, type Workspace } from "../store/workspace.js";
import { assembleImage } from "./assemble.js";
import { findWhole } from "./current.js";
import { fetchLayers, type LayerSource } from "./fetch.js";
import type { PendingImage, PendingLayer } from "./pending-disk.js";
import type { Store } from "../store/store.js";

export interface PullOptions {
  limits?: Limits | undefined;
  verify?: Verify | undefined;
  /** Default: the host's, or that of the only image. */
  platform?: Platform | undefined;
  /** Called with the image's platform before its layers are fetched. May throw to prevent this. */
  onPlatform?: ((platform: string) => void) | undefined;
  /** Called before layers are fetched. */
  onPending?: ((pending: PendingImage) => void) | undefined;
  /** Called when the registry has the image. @param isNew whether the reference referred to another one, or none */
  onResolved?: ((isNew: boolean) => void) | undefined;
  /** Name to store the image under, instead of the reference. */
  as?: Reference | undefined;
}

/**
 * Pulls an image: resolves the reference at the registry, and fetches what the store does not have. The image is leased
 * (see `lease`). Leftovers of pulls that failed or were killed are removed by the next one.
 * @throws BoxError; completed layers remain in the store
 */
export async function pullImage(
  store: Store,
  reference: Reference,
  onProgress: (event: PullEvent) => void,
  { limits, verify, onPlatform, onPending, onResolved, platform, as = reference }: PullOptions = {},
): Promise<Image> {
  // Content with a digest never changes, but whether it is trusted may.
  const pinned = reference.digest && !verify && (await findWhole(store, as, reference.digest, platform));
  if (pinned) {
    onResolved?.(false);
    return pinned;
  }
  const abort = new AbortController();
  const off = onAbort(store.signal, () => abort.abort(store.signal?.reason));
  const repository = openRepository(store.home, reference, abort.signal, limits);
  let workspace: Workspace | undefined;
  try {
    const root = await repository.manifest(reference.digest ?? reference.tag ?? "latest");
    // Before anything else is fetched: content that is not trusted must not even be parsed.
    await verify?.(repository, root.digest);
    const whole = await findWhole(store, as, root.digest, platform);
    onResolved?.(!whole);
    if (whole) return whole;
    await sweepWorkspaces(store);
    workspace = await createWorkspace(store);
    const remote = await resolveImage(repository, formatReference(reference), root, platform);
    onPlatform?.(formatPlatform(remote.platform));
    await lease(store, [remote.digest, ...remote.indexes.map(({ digest }) => digest)]);
    const record =
      (await readWholeRecord(store, remote.digest)) ??
      (await fetchImage(
        store,
        repository,
        remote,
        workspace,
        onProgress,
        onPending && ((layers) => onPending({ image: describe(store, formatReference(as), remote), layers })),
      ));
    await touchImage(store, remote.digest);
    await keepIndexes(store, remote.indexes, workspace);
    await writeTag(store, workspace, as, {
      ...{ target: root.digest, image: remote.digest },
      registryDigest: root.digest,
    });
    return toImage(store, formatReference(as), remote.digest, record);
  } catch (error) {
    abort.abort();
    throw explainWriteFailure(error, store.root);
  } finally {
    off();
    await repository.close();
    await workspace?.remove();
  }
}

/** Returns the image as it will be in the store. */
function describe(
  store: Store,
  reference: string,
  { digest, manifest, config, platform }: RemoteImage,
): Image {
  const record = {
    id: manifest.config.digest,
    platform: formatPlatform(platform),
    config: config.config ?? {},
  };
  return toImage(store, reference, digest, record);
}

/** Fetches an image into the store, or waits for another process that is doing so. */
export async function fetchImage(
  store: Store,
  source: LayerSource,
  remote: RemoteImage,
  workspace: Workspace,
  onProgress: (event: PullEvent) => void,
  onPending?: (layers: PendingLayer[]) => void,
): Promise<ImageRecord> {
  const diffIds = remote.config.rootfs.diff_ids;
  // Once the image is in the store, it keeps its layers from being removed.
  const release = await lease(store, diffIds);
  try {
    const layers = await fetchLayers(store, source, remote, workspace, onProgress, onPending);
    const held = await lock(lockFile(store, `image-${hex(remote.digest)}`), undefined, store.signal);
    try {
      return (
        (await readWholeRecord(store, remote.digest)) ??
        (await assembleImage(store, remote, diffIds, layers, formatPlatform(remote.platform), workspace))
      );
    } finally {
      await held.release();
    }
  } finally {
    await release();
  }
}
