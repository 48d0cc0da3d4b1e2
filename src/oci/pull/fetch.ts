import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { onAbort } from "../../host/abort.js";
import { syncFolderOf } from "../../host/files.js";
import type { PullEvent } from "./event.js";
import type { Descriptor } from "../manifest.js";
import type { Repository } from "../registry/client.js";
import type { RemoteImage } from "../registry/resolve.js";
import { readLayer, type StoredLayer } from "../store/layers.js";
import { lock, tryLock, type Lock } from "../../host/lock.js";
import { hex, layerFiles, layersFolder, lockFile } from "../store/paths.js";
import { checkSpace } from "../store/space.js";
import { recordUnpacked, unpacksTo } from "../store/unpacked.js";
import type { Workspace } from "../store/workspace.js";
import { storeLayer } from "./layer.js";
import { createExtents, extentBytesFor, type PendingLayer } from "./pending-disk.js";
import { openTarMaker } from "./tar-maker.js";
import type { Store } from "../store/store.js";

/** Layers to fetch concurrently: while one is written to the disk, others use the processors. */
const MOST_LAYERS = 6;
/** How long to wait for another process that is fetching the same layer but receives nothing. */
const STALLED_MS = 20_000;

/** Where the layers of an image come from. */
export interface LayerSource extends Pick<Repository, "blob"> {
  /**
   * Whether a blob is known to unpack to a layer that the store already has; otherwise it is read and verified. Default:
   * whether it has been seen to do so.
   */
  vouches?: (digest: string, diffId: string) => Promise<boolean>;
}

interface Wanted {
  descriptor: Descriptor;
  diffId: string;
}

/**
 * Fetches the layers of an image that the store does not have. A layer in the store is used only if the image has its
 * blob; its configuration naming the layer is not enough, because then any image could use the files of any other. A
 * layer that another process is fetching is not fetched again, but waited for after all others.
 * @param onPending called with all layers before some of them are fetched, if a pending disk can hold them
 * @returns the layers that the store already had, by diffID
 * @throws BoxError; completed layers remain in the store
 */
export async function fetchLayers(
  store: Store,
  source: LayerSource,
  { manifest, config }: Pick<RemoteImage, "manifest" | "config">,
  workspace: Workspace,
  onProgress: (event: PullEvent) => void,
  onPending?: (layers: PendingLayer[]) => void,
): Promise<Map<string, StoredLayer>> {
  await mkdir(layersFolder(store), { recursive: true, mode: 0o700 });
  const vouches = source.vouches ?? ((digest: string, diffId: string) => unpacksTo(store, digest, diffId));
  // An image may contain the same layer more than once, even as different blobs.
  const wanted = new Map(
    manifest.layers.map((descriptor, i): [string, Wanted] => {
      const diffId = config.rootfs.diff_ids[i] ?? "";
      return [`${diffId} ${descriptor.digest}`, { descriptor, diffId }];
    }),
  );
  const find = async ({ descriptor, diffId }: Wanted) => {
    store.signal?.throwIfAborted();
    const found = await readLayer(store, diffId);
    return found && (await vouches(descriptor.digest, diffId)) ? found : undefined;
  };
  const temporaryOf = ({ descriptor, diffId }: Wanted) =>
    layerFiles(workspace.folder, `${diffId}.${hex(descriptor.digest)}`);
  const here = new Map<string, StoredLayer>();
  const missing: Wanted[] = [];
  for (const layer of wanted.values()) {
    const found = await find(layer);
    if (found) here.set(layer.diffId, found);
    else missing.push(layer);
    const { digest, size } = layer.descriptor;
    onProgress({ digest, current: 0, total: size, phase: found ? "exists" : "waiting" });
  }
  if (missing.length === 0) return here;
  // Layers are rarely larger compressed than on the disk, so do not start if the compressed ones do not fit.
  const needed = missing.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  checkSpace(layersFolder(store), "the layers of the image", needed);
  if (onPending) {
    const layers = [...wanted.values()].map((layer) => ({
      extentBytes: here.get(layer.diffId)?.tarBytes ?? extentBytesFor(layer.descriptor.size),
      temporary: missing.includes(layer) ? temporaryOf(layer).tar : undefined,
      final: layerFiles(layersFolder(store), layer.diffId).tar,
    }));
    if (await createExtents(layers)) onPending(layers);
  }

  const abort = new AbortController();
  const off = onAbort(store.signal, () => abort.abort(store.signal?.reason));
  const locks = new Set<Lock>();
  const maker = openTarMaker();

  async function fetchLayer(layer: Wanted, held: Lock): Promise<void> {
    const { descriptor, diffId } = layer;
    const bytes = report(source.blob(descriptor, abort.signal), descriptor, abort.signal, (event) => {
      held.touch();
      onProgress(event);
    });
    const job = {
      digest: descriptor.digest,
      diffId,
      temporary: temporaryOf(layer),
      final: layerFiles(layersFolder(store), diffId),
    };
    await storeLayer(bytes, job, maker);
    const { digest, size } = descriptor;
    // Do not record an uncompressed layer from an archive: a registry may not have it as a blob.
    if (!source.vouches || digest !== diffId) await recordUnpacked(store, digest, diffId);
    onProgress({ digest, current: size, total: size, phase: "done" });
  }

  // The largest first, so that it does not run alone at the end.
  const queue = missing
    .sort((a, b) => b.descriptor.size - a.descriptor.size)
    .map((layer) => ({ layer, waits: false }));
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { layer } = next;
      const file = lockFile(store, `layer-${hex(layer.diffId)}`);
      const held = await (next.waits ? lock(file, STALLED_MS, abort.signal) : tryLock(file, STALLED_MS));
      if (!held) {
        queue.push({ layer, waits: true });
        continue;
      }
      locks.add(held);
      // Another process may have fetched it since the first check.
      const found = await find(layer);
      if (found) {
        here.set(layer.diffId, found);
        const { digest, size } = layer.descriptor;
        onProgress({ digest, current: size, total: size, phase: "exists" });
      } else await fetchLayer(layer, held);
      locks.delete(held);
      await held.release();
    }
  };
  const lanes = Array.from({ length: Math.min(MOST_LAYERS, missing.length) }, lane);
  try {
    await Promise.all(lanes);
  } finally {
    queue.length = 0;
    off();
    abort.abort();
    maker.close();
    // Nothing may still be writing when the caller cleans up.
    await Promise.allSettled(lanes);
    await Promise.all([...locks].map((held) => held.release()));
  }
  await syncFolderOf(join(layersFolder(store), "any"));
  return here;
}

/** Minimum interval between two progress reports of a layer. */
const REPORT_EVERY_MS = 100;

async function* report(
  source: AsyncIterable<Buffer>,
  { digest, size }: Descriptor,
  signal: AbortSignal,
  onProgress: (event: PullEvent) => void,
): AsyncGenerator<Buffer> {
  let current = 0;
  let reported = 0;
  for await (const chunk of source) {
    signal.throwIfAborted();
    current += chunk.length;
    const now = performance.now();
    if (now - reported >= REPORT_EVERY_MS) {
      reported = now;
      onProgress({ digest, current, total: size, phase: "downloading" });
    }
    yield chunk;
  }
}
