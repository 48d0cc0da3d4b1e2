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
import { checkRoom } from "../store/room.js";
import { recordUnpacked, unpacksTo } from "../store/unpacked.js";
import type { Workspace } from "../store/workspace.js";
import { storeLayer } from "./layer.js";
import { makeRoom, roomFor, type PendingLayer } from "./pending-disk.js";
import { openTarMaker } from "./tar-maker.js";
import type { Store } from "../store/store.js";

/** Layers under way at once: while one is on its way to the disk, others use the processors. */
const MOST_LAYERS = 6;
/** A process that is fetching a layer and gets nothing for so long is not waited for. */
const STALLED_MS = 20_000;

/** Where the layers of an image come from. */
export interface LayerSource extends Pick<Repository, "blob"> {
  /**
   * Whether a blob that the image names is a layer that is here already; it is read and verified otherwise. Without
   * this, the blobs count that were seen to be it.
   */
  vouches?: (digest: string, diffId: string) => Promise<boolean>;
}

interface Wanted {
  descriptor: Descriptor;
  diffId: string;
}

/**
 * Brings those layers of an image into the store that are not there. A layer that is there counts when the image has
 * its blob, not when its configuration only claims so: else any image could have the files of any other. What another process is fetching at this moment is
 * not fetched again: it is waited for, after all that is left to fetch here.
 * @param onPending hears of all layers when some are about to be fetched, if a disk can be made of them by then
 * @returns the layers that were there, by diffID, read already
 * @throws BoxError; layers that were finished stay
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
  // The same layer may stand in an image more than once, and as several blobs.
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
  // Hardly a layer is larger compressed than on the disk: what cannot fit is not begun.
  const needed = missing.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  checkRoom(layersFolder(store), "the layers of the image", needed);
  if (onPending) {
    const layers = [...wanted.values()].map((layer) => ({
      room: here.get(layer.diffId)?.tarBytes ?? roomFor(layer.descriptor.size),
      temporary: missing.includes(layer) ? temporaryOf(layer).tar : undefined,
      final: layerFiles(layersFolder(store), layer.diffId).tar,
    }));
    if (await makeRoom(layers)) onPending(layers);
  }

  const abort = new AbortController();
  const off = onAbort(store.signal, () => abort.abort(store.signal?.reason));
  const locks = new Set<Lock>();
  const maker = openTarMaker();

  async function bring(layer: Wanted, held: Lock): Promise<void> {
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
    // A layer that is its own blob, read from a file: that registries have it too would be a guess.
    if (!source.vouches || digest !== diffId) await recordUnpacked(store, digest, diffId);
    onProgress({ digest, current: size, total: size, phase: "done" });
  }

  // The largest first, so that none is left running alone at the end.
  const queue = missing
    .sort((a, b) => b.descriptor.size - a.descriptor.size)
    .map((layer) => ({ layer, patient: false }));
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { layer } = next;
      const file = lockFile(store, `layer-${hex(layer.diffId)}`);
      const held = await (next.patient ? lock(file, STALLED_MS, abort.signal) : tryLock(file, STALLED_MS));
      if (!held) {
        queue.push({ layer, patient: true });
        continue;
      }
      locks.add(held);
      // Between the first look and the lock, or during the wait for it, another process may have brought it.
      const found = await find(layer);
      if (found) {
        here.set(layer.diffId, found);
        const { digest, size } = layer.descriptor;
        onProgress({ digest, current: size, total: size, phase: "exists" });
      } else await bring(layer, held);
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
    // Whoever clears up behind this finds nobody at work.
    await Promise.allSettled(lanes);
    await Promise.all([...locks].map((held) => held.release()));
  }
  await syncFolderOf(join(layersFolder(store), "any"));
  return here;
}

/** Reports at most so often: a display wants no more, and each report costs. */
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
